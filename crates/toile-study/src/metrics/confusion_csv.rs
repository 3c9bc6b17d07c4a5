//! `confusion_matrix.csv`.

use toile_store::table::{Field, Table};
use toile_store::{ConfusionMatrix, WHOLE_CLASSES_MAX};

/// A row a true class, a column a predicted class: the first line names the predicted classes, the first
/// column the true ones. With more than [`WHOLE_CLASSES_MAX`] classes a row a cell that has images: true class,
/// predicted class, images.
pub fn confusion_csv(class_names: &[String], confusion: &ConfusionMatrix) -> String {
    let name = |class: usize| Field::from(class_names.get(class).map_or("", String::as_str));
    if confusion.classes() > WHOLE_CLASSES_MAX {
        let mut table = Table::new(["true", "predicted", "images"]);
        confusion
            .cells()
            .for_each(|(truth, called, images)| table.row([name(truth), name(called), images.into()]));
        return table.text();
    }
    let corner = "true \\ predicted".to_owned();
    let mut table = Table::new(std::iter::once(corner).chain(class_names.iter().cloned()));
    for truth in 0..confusion.classes() {
        let counts = (0..confusion.classes()).map(|called| confusion.at(truth, called).into());
        table.row(std::iter::once(name(truth)).chain(counts));
    }
    table.text()
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

    #[test]
    fn a_spreadsheet_takes_no_name_for_a_formula() {
        let names = ["=1+1", "@dog"].map(String::from);
        let csv = confusion_csv(&names, &matrix(&[vec![2, 4], vec![0, 6]]));
        assert_eq!(csv, "true \\ predicted,'=1+1,'@dog\n'=1+1,2,4\n'@dog,0,6\n");
    }
}
