//! What Prometheus reads.

use super::place::{IMAGE, Place, data, options, tensor};

#[test]
fn everything_is_counted() {
    let place = Place::new(options());
    for _ in 0..3 {
        assert_eq!(place.infer(&tensor(&data().pixels[..2 * IMAGE])).status, 200);
    }
    assert_eq!(place.infer("{").status, 400);
    assert_eq!(place.get("/nowhere").status, 404);
    let text = place.get("/metrics").text();
    let value = |name: &str| -> f64 {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
    };
    assert_eq!(value("toile_requests_total{route=\"infer\",status=\"200\"}"), 3.0);
    assert_eq!(value("toile_requests_total{route=\"infer\",status=\"400\"}"), 1.0);
    assert_eq!(value("toile_requests_total{route=\"other\",status=\"404\"}"), 1.0);
    assert_eq!(value("toile_errors_total"), 2.0);
    assert_eq!(value("toile_request_seconds_count{route=\"infer\"}"), 4.0);
    assert_eq!(value("toile_request_seconds_bucket{route=\"infer\",le=\"+Inf\"}"), 4.0);
    assert!(value("toile_request_seconds_sum{route=\"infer\"}") > 0.0);
    assert_eq!((value("toile_batch_images_count"), value("toile_batch_images_sum")), (3.0, 6.0));
    assert_eq!(
        (value("toile_batch_images_bucket{le=\"1\"}"), value("toile_batch_images_bucket{le=\"2\"}")),
        (0.0, 3.0)
    );
    assert_eq!(value("toile_queue_images{model=\"model\",version=\"0\"}"), 0.0);
    assert_eq!(value("toile_connections"), 1.0);
    // As the format wants it: names are explained once, and buckets grow.
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let name = line.split(['{', ' ']).next().unwrap();
        let stem =
            ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
        assert_eq!(text.matches(&format!("# TYPE {stem} ")).count(), 1, "{line}");
    }
    let buckets: Vec<f64> = text
        .lines()
        .filter(|line| line.starts_with("toile_request_seconds_bucket{route=\"infer\""))
        .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
        .collect();
    assert!(buckets.len() > 5 && buckets.is_sorted(), "{buckets:?}");
}
