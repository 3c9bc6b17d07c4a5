//! `confusion_matrix.csv`.

/// A row a true class, a column a predicted class: the first line names the predicted classes, the first
/// column the true ones. Quoted as RFC 4180 asks, lines end in `\n`.
pub fn confusion_csv(class_names: &[String], confusion: &[Vec<u64>]) -> String {
    let mut csv = field("true \\ predicted");
    for name in class_names {
        csv.push(',');
        csv.push_str(&field(name));
    }
    csv.push('\n');
    for (index, row) in confusion.iter().enumerate() {
        csv.push_str(&field(class_names.get(index).map_or("", String::as_str)));
        for count in row {
            csv.push(',');
            csv.push_str(&count.to_string());
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

    #[test]
    fn names_frame_the_counts() {
        let names = ["Bag", "Shoe, left", "a \"b\""].map(String::from);
        let csv = confusion_csv(&names, &[vec![1, 2, 3], vec![4, 5, 6], vec![7, 8, 9]]);
        let expected = "true \\ predicted,Bag,\"Shoe, left\",\"a \"\"b\"\"\"\nBag,1,2,3\n\"Shoe, left\",4,5,6\n\"a \"\"b\"\"\",7,8,9\n";
        assert_eq!(csv, expected);
    }
}
