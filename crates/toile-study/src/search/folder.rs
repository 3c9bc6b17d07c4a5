//! Where the runs of candidates lie, apart from the study's own, because they train on fewer images.

use std::path::{Path, PathBuf};

use toile_store::file::{self, Kind};
use toile_store::{RunFolder, names};

use crate::evidence::contenders::models_in;
use crate::recipe::JudgedBy;
use crate::study_file;

/// `sweep/<model>/` of the study's results.
pub fn folder(out: &Path, model: &str) -> PathBuf {
    out.join(names::SWEEP).join(model)
}

/// How many of the candidates in such a folder an earlier version of Toile trained, which measured them on the test
/// images too: none of these is used, and none is touched.
pub fn earlier_candidates(folder: &Path) -> usize {
    let is_earlier = |model: &String| {
        let runs =
            RunFolder::seeds(folder, model).into_iter().map(|seed| RunFolder::new(folder, model, seed));
        // What is no regular file is nobody's configuration; whoever uses the run says so.
        let config = runs.filter_map(|run| file::read(&run.config(), Kind::Text).ok().flatten()).next();
        let recipe = config.and_then(|config| study_file::recipe(&String::from_utf8_lossy(&config)));
        recipe.is_some_and(|recipe| recipe.judged_by == JudgedBy::Test)
    };
    models_in(folder).iter().filter(|model| is_earlier(model)).count()
}
