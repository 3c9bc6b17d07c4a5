//! `confusion_matrix.csv`.

use toile_store::{ConfusionMatrix, WHOLE_CLASSES_MAX};

/// A row a true class, a column a predicted class: the first line names the predicted classes, the first
/// column the true ones. With more than [`WHOLE_CLASSES_MAX`] classes a row a cell that has images: true class,
/// predicted class, images. Quoted as RFC 4180 asks, lines end in `\n`.
pub fn confusion_csv(class_names: &[String], confusion: &ConfusionMatrix) -> String {
    let name = |class: usize| field(class_names.get(class).map_or("", String::as_str));
    if confusion.classes() > WHOLE_CLASSES_MAX {
        let line = |(truth, called, images)| format!("{},{},{images}\n", name(truth), name(called));
        return "true,predicted,images\n".to_string() + &confusion.cells().map(line).collect::<String>();
    }
    let mut csv = field("true \\ predicted");
    for name in class_names {
        csv.push(',');
        csv.push_str(&field(name));
    }
    csv.push('\n');
    for truth in 0..confusion.classes() {
        csv.push_str(&name(truth));
        for called in 0..confusion.classes() {
            csv.push(',');
            csv.push_str(&confusion.at(truth, called).to_string());
        }
        csv.push('\n');
    }
    csv
}

fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(rows: &[Vec<u64>]) -> ConfusionMatrix {
        ConfusionMatrix::from_rows(rows).expect("a square")
    }

    #[test]
    fn of_many_classes_only_cells_with_images_have_a_line() {
        let names: Vec<String> = (0..300).map(|class| format!("class {class}")).collect();
        let csv = confusion_csv(&names, &ConfusionMatrix::of(300, [(0, 299), (7, 7), (0, 299)]));
        assert_eq!(csv, "true,predicted,images\nclass 0,class 299,2\nclass 7,class 7,1\n");
    }

    #[test]
    fn names_frame_the_counts() {
        let names = ["Bag", "Shoe, left", "a \"b\""].map(String::from);
        let csv = confusion_csv(&names, &matrix(&[vec![1, 2, 3], vec![4, 5, 6], vec![7, 8, 9]]));
        let expected = "true \\ predicted,Bag,\"Shoe, left\",\"a \"\"b\"\"\"\nBag,1,2,3\n\"Shoe, left\",4,5,6\n\"a \"\"b\"\"\",7,8,9\n";
        assert_eq!(csv, expected);
    }
}
