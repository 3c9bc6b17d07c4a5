//! Sentences that stand in the text and on the page.

use toile_data::decoded::FileFacts;
use toile_study::numbers::{bytes, count, counted, joined, percent, rough_percent};

use super::Inspection;

/// A largest class with so many times the images of the smallest is worth a word.
const UNBALANCED: f64 = 1.5;
/// Classes that are named in a sentence.
const NAMED: usize = 8;

impl Inspection<'_> {
    /// `70,000 images of 28 x 28, grey, in 10 classes: 60,000 in train and 10,000 in test`.
    pub(super) fn size(&self) -> String {
        let [channels, height, width] = self.first().image_shape;
        let colour = match channels {
            1 => "grey".to_owned(),
            3 => "colour".to_owned(),
            channels => format!("{channels} channels"),
        };
        let parts: Vec<String> = self
            .parts
            .iter()
            .map(|part| format!("{} in {}", count(part.data.len() as u64), part.name))
            .collect();
        format!(
            "{} of {height} x {width}, {colour}, in {}: {}",
            counted(self.images(), "image"),
            classes(self.class_names().len()),
            joined(&parts)
        )
    }

    /// What stands out in how many images the classes have and in their names.
    pub(super) fn about_classes(&self) -> Vec<String> {
        let (names, train) = (self.class_names(), &self.survey.class_counts[0]);
        let quoted = |classes: &[usize]| -> String {
            let mut text: Vec<String> =
                classes.iter().take(NAMED).map(|&class| format!("{:?}", names[class])).collect();
            if classes.len() > NAMED {
                text.push(format!("{} more", classes.len() - NAMED));
            }
            joined(&text)
        };
        let mut said = Vec::new();
        for (part, counts) in self.parts.iter().zip(&self.survey.class_counts) {
            let without: Vec<usize> = (0..names.len()).filter(|&class| counts[class] == 0).collect();
            if !without.is_empty() && !part.data.is_empty() {
                said.push(format!("There is no image in {} of {}.", part.name, quoted(&without)));
            }
        }
        let there = || (0..names.len()).filter(|&class| train[class] > 0);
        let (least, most) =
            (there().min_by_key(|&class| train[class]), there().rev().max_by_key(|&class| train[class]));
        if let (Some(least), Some(most)) = (least, most) {
            let ratio = train[most] as f64 / train[least] as f64;
            if ratio >= UNBALANCED {
                let first = self.parts[0].name;
                said.push(format!(
                    "In {first} there are {} of {:?} and {} of {:?}, {ratio:.1} times as many.",
                    count(train[least] as u64),
                    names[least],
                    count(train[most] as u64),
                    names[most]
                ));
            }
        }
        for alike in &self.survey.names_alike {
            said.push(format!("{} may be one class: their names differ in form alone.", quoted(alike)));
        }
        said
    }

    /// `mean 0.2860, deviation 0.3530`, or that of each channel.
    pub(super) fn values(&self) -> String {
        let moments = &self.survey.moments;
        let list = |value: fn(&(f32, f32)) -> f32| {
            let values: Vec<String> = moments.iter().map(|pair| format!("{:.4}", value(pair))).collect();
            values.join(", ")
        };
        match moments.is_empty() {
            true => "no image to train on, so no mean".to_owned(),
            false => format!("mean {}, deviation {}", list(|pair| pair.0), list(|pair| pair.1)),
        }
    }

    /// What the pictures are as files; nothing where the data set holds arrays.
    pub(super) fn about_files(&self) -> Option<String> {
        let FileFacts { files, bytes: size, sizes, kinds } = self.files.as_ref()?;
        let kinds: Vec<String> =
            kinds.iter().map(|(kind, files)| format!("{} {kind}", count(*files as u64))).collect();
        let told = |[height, width]: [usize; 2]| format!("{height} x {width}");
        let area = |size: &&[usize; 2]| size[0] * size[1];
        let ends = (sizes.keys().min_by_key(area), sizes.keys().max_by_key(area));
        let most = sizes.iter().max_by_key(|(_, files)| **files);
        let about = match (ends, most) {
            ((Some(least), Some(largest)), Some((most, files))) if sizes.len() > 1 => format!(
                "They have {} sizes, from {} to {} (height x width), most often {} ({}).",
                count(sizes.len() as u64),
                told(*least),
                told(*largest),
                told(*most),
                count(*files as u64)
            ),
            ((Some(only), _), _) => format!("All are {} (height x width).", told(*only)),
            _ => String::new(),
        };
        Some(format!("{}, {}: {}. {about}", counted(*files, "file"), bytes(*size), kinds.join("; ")))
    }

    /// How many images are there more than once.
    pub(super) fn about_duplicates(&self) -> String {
        let groups = &self.survey.duplicates.groups;
        if groups.is_empty() {
            return "No picture is there twice.".to_owned();
        }
        let images: usize = groups.iter().map(|group| group.images.len()).sum();
        let exact = groups.iter().filter(|group| group.is_exact).count();
        let crossing = groups.iter().filter(|group| self.crosses_classes(group)).count();
        let mut text = format!(
            "{} of {} images show a picture that another shows too: {}, {} with the very same bytes",
            count(images as u64),
            count(self.images() as u64),
            counted(groups.len(), "group"),
            match exact {
                0 => "none of them".to_owned(),
                _ if exact == groups.len() => "all of them".to_owned(),
                _ => format!("{} of them", count(exact as u64)),
            }
        );
        text += &match crossing {
            0 => ".".to_owned(),
            1 => ". In one group the classes differ.".to_owned(),
            _ => format!(". In {} groups the classes differ.", count(crossing as u64)),
        };
        text
    }

    /// How many images of later parts the first shows too; nothing where there is one part with images.
    pub(super) fn about_leaks(&self) -> Option<String> {
        let others = || self.parts.iter().enumerate().skip(1).filter(|(_, part)| !part.data.is_empty());
        let first = self.parts[0].name;
        let said: Vec<String> = others()
            .map(|(number, part)| {
                let leaks = self.survey.duplicates.leaks.iter().filter(|leak| leak.image.part == number);
                let (leaks, exact) = leaks
                    .fold((0usize, 0usize), |(all, exact), leak| (all + 1, exact + usize::from(leak.is_exact)));
                let share = percent(leaks as f64 / part.data.len() as f64);
                match leaks {
                    0 => format!("No image of {} is in {first} too.", part.name),
                    _ => format!(
                        "{} of the {} images of {} are in {first} too, or nearly ({share}); {} with the very same bytes.",
                        count(leaks as u64),
                        count(part.data.len() as u64),
                        part.name,
                        if exact == 0 { "none".to_owned() } else { count(exact as u64) }
                    ),
                }
            })
            .collect();
        (!said.is_empty()).then(|| said.join(" "))
    }

    /// How many images look as if of another class, and how much such a look is worth.
    pub(super) fn about_labels(&self) -> String {
        let labels = &self.survey.labels;
        if labels.judged == 0 {
            return "No class could be judged: no class has four images that differ.".to_owned();
        }
        let share = rough_percent(labels.agreeing as f64 / labels.judged as f64);
        format!(
            "{} of {} images lie among images of one other class. Neighbours agree with the class of {share} of all.",
            count(labels.strangers.len() as u64),
            count(labels.judged as u64)
        )
    }
}

fn classes(number: usize) -> String {
    if number == 1 { "1 class".to_owned() } else { format!("{} classes", count(number as u64)) }
}
