//! Names of what stands in a study's folder beside the folders of its models.

/// The page.
pub const REPORT: &str = "report.html";
/// Everything that is known of the study.
pub const RESULTS: &str = "results.json";
/// The verdicts.
pub const COMPARISON: &str = "comparison.json";
/// Every look at the comparison.
pub const LOOKS: &str = "looks.json";
/// What ablating units came to, and its table and chart.
pub const ABLATION: [&str; 3] = ["ablation.json", "ablation.csv", "ablation.svg"];
/// The same under the names that they had at first: `toile ablate` was called `toile silence`.
pub const SILENCING: [&str; 3] = ["silencing.json", "silencing.csv", "silencing.svg"];
/// Loss and accuracy per epoch, as drawings `.svg` and `.png`.
pub const CURVES: &str = "results";
/// Confusion matrices, as drawings: `confusion_matrix_<model>.svg` and `.png`.
pub const MATRIX: &str = "confusion_matrix";
/// The same as shares of each true class: `confusion_matrix_normalized_<model>.svg` and `.png`.
pub const NORMALIZED_MATRIX: &str = "confusion_matrix_normalized";
/// The folder of tables.
pub const DATA: &str = "data";
/// The folder of runs that tune a learning rate.
pub const SWEEP: &str = "sweep";
/// What tuning a model's rate came to: `sweep-<model>.json`.
pub const SWEEP_PREFIX: &str = "sweep-";
/// What trying settings of a model came to, and its chart: `swept-<model>.json` and `.svg`.
pub const SWEPT_PREFIX: &str = "swept-";
/// What explaining a difference came to: `explain-<A>-<B>.json` and so on.
pub const EXPLAIN_PREFIX: &str = "explain-";
/// Labels that are probably wrong: what the report reads, the whole list, and a page of its own.
pub const SUSPECTS: [&str; 3] = ["suspects.json", "suspects.csv", "suspects.html"];
/// Pictures of the report: kept thumbnails, their list, and whose they are.
pub const IMAGES: [&str; 3] = ["images.png", "images.csv", "images.json"];
/// A page in which a model's network runs: `live-<model>.html`.
pub const LIVE_PREFIX: &str = "live-";
/// The folder of what processes agree about that do parts of the study.
pub const PLANS: &str = ".plans";
/// The folder of a scheduler's scripts and logs.
pub const CLUSTER: &str = "cluster";
/// The folder of event files for TensorBoard.
pub const EVENTS: &str = "tensorboard";

/// Names of the drawings of a model's confusion matrix, without their kinds: as counts and as shares.
pub fn matrices_of(model: &str) -> [String; 2] {
    [MATRIX, NORMALIZED_MATRIX].map(|name| format!("{name}_{model}"))
}

/// A drawing that two models would both write, without its kind: the shares of `a` are drawn where the counts of
/// `normalized_a` are.
pub fn shared_drawing(one: &str, other: &str) -> Option<String> {
    // Studies may have thousands of models, and hardly any two differ in length by just that.
    if one.len().abs_diff(other.len()) != NORMALIZED_MATRIX.len() - MATRIX.len() {
        return None;
    }
    let others = matrices_of(other);
    let is_shared = |name: &String| others.iter().any(|other| other.eq_ignore_ascii_case(name));
    matrices_of(one).into_iter().find(is_shared)
}

/// Whether Toile writes something of this name into a study's folder, so that no model can have it. File systems may
/// not tell capital letters from small ones.
pub fn is_reserved(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let fixed = [REPORT, RESULTS, COMPARISON, LOOKS, DATA, SWEEP, PLANS, CLUSTER];
    let ends = |kinds: &[&str]| kinds.iter().any(|kind| name.ends_with(kind));
    fixed.contains(&name.as_str())
        || ABLATION.contains(&name.as_str())
        || SILENCING.contains(&name.as_str())
        || SUSPECTS.contains(&name.as_str())
        || IMAGES.contains(&name.as_str())
        || name == EVENTS
        || [".svg", ".png"].iter().any(|kind| name.strip_suffix(kind) == Some(CURVES))
        || (name.starts_with(MATRIX) && ends(&[".svg", ".png"]))
        || (name.starts_with(SWEEP_PREFIX) && ends(&[".json"]))
        || (name.starts_with(SWEPT_PREFIX) && ends(&[".json", ".svg"]))
        || (name.starts_with(LIVE_PREFIX) && ends(&[".html"]))
        || (name.starts_with(EXPLAIN_PREFIX) && ends(&[".json", ".csv", ".svg"]))
}
