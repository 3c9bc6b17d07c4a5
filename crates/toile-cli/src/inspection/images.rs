//! Which images a page shows, made small enough for it.

use std::collections::BTreeMap;

use toile_survey::{Group, ImageId, Leak, Stranger};

use super::Inspection;
use super::thumbnail::Thumbnails;
use crate::sheet::Sheet;

/// Bytes of all pixels together: a page stays below three million bytes.
const PIXEL_BYTES: usize = 2_000_000;

/// What a page shows, of each list the first.
pub(super) struct Chosen<'a> {
    /// Classes of the contact sheet, with images spread evenly over each.
    pub(super) classes: Vec<(usize, Vec<ImageId>)>,
    pub(super) leaks: Vec<&'a Leak>,
    pub(super) groups: Vec<&'a Group>,
    pub(super) strangers: Vec<&'a Stranger>,
    pub(super) flat: Vec<ImageId>,
    pub(super) sheet: Sheet<ImageId>,
}

/// Images of a group that are shown.
pub(super) const OF_GROUP: usize = 8;

impl<'a> Chosen<'a> {
    pub(super) fn new(inspection: &'a Inspection<'_>) -> Self {
        let thumbnails = Thumbnails::new(inspection.first().image_shape);
        // As many images as there is room for, shared out over the lists.
        let room = PIXEL_BYTES / thumbnails.bytes();
        let share = |part: usize, most: usize| (room * part / 100).min(most);
        let mut leaks: Vec<&Leak> = inspection.survey.duplicates.leaks.iter().collect();
        leaks.sort_by(|a, b| b.correlation.total_cmp(&a.correlation));
        leaks.truncate(share(20, 120) / 2);
        let mut groups = inspection.groups_by_weight();
        groups.truncate(share(20, 144) / 3);
        let strangers = inspection.survey.labels.strangers.iter().take(share(25, 288) / 4).collect();
        let flat = inspection.survey.flat.iter().copied().take(share(5, 24)).collect();
        let classes = contact_sheet(inspection, share(30, 640));
        let mut chosen = Chosen { classes, leaks, groups, strangers, flat, sheet: Sheet::default() };
        chosen.sheet = chosen.pack(inspection, &thumbnails);
        chosen
    }

    fn pack(&self, inspection: &Inspection<'_>, thumbnails: &Thumbnails) -> Sheet<ImageId> {
        let of_classes = self.classes.iter().flat_map(|(_, images)| images).copied();
        let of_leaks = self.leaks.iter().flat_map(|leak| [leak.image, leak.twin]);
        let of_groups = self.groups.iter().flat_map(|group| group.images.iter().take(OF_GROUP).copied());
        let of_strangers = self
            .strangers
            .iter()
            .flat_map(|stranger| std::iter::once(stranger.image).chain(stranger.nearest.iter().copied()));
        let all = of_classes.chain(of_leaks).chain(of_groups).chain(of_strangers).chain(self.flat.clone());
        let pixels: BTreeMap<ImageId, Vec<u8>> = all
            .map(|image| (image, thumbnails.of(inspection.parts[image.part].data.image(image.index))))
            .collect();
        let images: Vec<(ImageId, &[u8])> =
            pixels.iter().map(|(id, pixels)| (*id, pixels.as_slice())).collect();
        Sheet::pack(thumbnails.shape(), &images)
    }
}

/// The classes of the contact sheet: all, or of many the largest and the smallest.
fn contact_sheet(inspection: &Inspection<'_>, room: usize) -> Vec<(usize, Vec<ImageId>)> {
    const OF_CLASS: usize = 17;
    const LEAST: usize = 6;
    let mut classes: Vec<usize> = (0..inspection.class_names().len()).collect();
    let fit = (room / LEAST).max(1);
    if classes.len() > fit {
        let by_size = inspection.classes_by_size();
        let smallest = fit / 2;
        classes = [&by_size[..fit - smallest], &by_size[by_size.len() - smallest..]].concat();
    }
    let each = (room / classes.len().max(1)).clamp(1, OF_CLASS);
    let mut of_class: BTreeMap<usize, Vec<u32>> = BTreeMap::new();
    for (&label, index) in inspection.first().labels.iter().zip(0..) {
        of_class.entry(label as usize).or_default().push(index);
    }
    let spread = |class: usize| {
        let members = of_class.get(&class).map_or(&[][..], Vec::as_slice);
        let shown = each.min(members.len());
        let id = |place: usize| ImageId { part: 0, index: members[place * members.len() / shown] };
        (class, (0..shown).map(id).collect())
    };
    classes.into_iter().map(spread).collect()
}
