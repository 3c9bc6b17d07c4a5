//! What is said of two suspects.

use super::*;

fn found() -> Suspects {
    let suspect = |image, called| Suspect {
        image,
        label: 0,
        suggested: 1,
        of_label: 0.125,
        of_suggested: 0.75,
        is_called_wrong: called,
    };
    Suspects {
        class_names: vec!["a & b".to_owned(), "c".to_owned()],
        runs: 5,
        judges: 5,
        judged: (0..8).map(|image| (image, 0)).collect(),
        noise_rate: 0.125,
        suspects: vec![suspect(3, true), suspect(1, false)],
    }
}

fn data() -> Dataset {
    let names = ["a & b", "c"].map(str::to_owned).to_vec();
    let data = Dataset::new([1, 2, 2], (0..32).collect::<Vec<u8>>(), vec![0; 8], names);
    Dataset { names: (0..8).map(|image| format!("a & b/{image}.png")).collect(), ..data }
}

#[test]
fn table_text_and_json_say_the_same() {
    let (data, found) = (data(), found());
    let errors = LabelErrors { name: "study".to_owned(), part: Some(("train", &data)), found: &found };
    let csv = String::from_utf8(errors.csv()).unwrap();
    let expected = "rank,part,index,file,label,suggested,probability_label,probability_suggested,called_wrong\n\
                    1,train,3,a & b/3.png,a & b,c,0.125,0.75,yes\n\
                    2,train,1,a & b/1.png,a & b,c,0.125,0.75,no\n";
    assert_eq!(csv, expected);
    let text = errors.text(TableOptions { width_columns: 400, colour: false });
    assert!(text.starts_with("study: 8 labels, each judged by 5 networks"), "{text}");
    assert!(text.contains(
        "About 12.5 % of the labels are wrong by confident learning, which calls 1 wrong; for 2 in all"
    ));
    assert!(
        text.contains("  train 3 (a & b/3.png) is called a & b (12.5 %), looks like c (75.0 %)\n"),
        "{text}"
    );
    let json: serde_json::Value = serde_json::from_str(&errors.json()).unwrap();
    assert_eq!(
        (&json["suspects"][1]["index"], &json["suspects"][0]["file"]),
        (&1.into(), &"a & b/3.png".into())
    );
}

#[test]
fn the_page_has_the_pictures_where_they_are_at_hand() {
    let (data, found) = (data(), found());
    for (part, pictures) in [(Some(("train", &data)), 2), (None, 0)] {
        let page = page(&LabelErrors { name: "study".to_owned(), part, found: &found });
        assert_eq!(page.matches("<span class=\"i\"").count(), pictures);
        assert_eq!(page.matches("<li class=\"card\">").count(), 2);
        assert!(
            page.contains("a &amp; b that look like c")
                && !page.contains("http://")
                && !page.contains("https://")
        );
    }
    let none = Suspects { suspects: Vec::new(), ..found };
    let page = page(&LabelErrors { name: "study".to_owned(), part: None, found: &none });
    assert!(page.contains("For every image its label is the most probable class."));
}
