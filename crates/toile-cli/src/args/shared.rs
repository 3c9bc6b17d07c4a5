//! Arguments that several commands take.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use toile_study::run::Share;

use super::sharing::SharingArgs;
use super::values::whole;

/// Where data comes from.
#[derive(Clone, Debug, Args)]
pub struct DataPlace {
    /// Folder that holds the data set; nothing else is looked at.
    #[arg(long, visible_alias = "data", value_name = "DIR", global = true)]
    pub data_dir: Option<PathBuf>,
    /// Never fetch anything.
    #[arg(long, global = true)]
    pub offline: bool,
    /// Copy the data to this folder once, verified, and read them from there: a folder of this machine, where they lie in
    /// one that many machines share.
    #[arg(long, value_name = "DIR", global = true)]
    pub stage: Option<PathBuf>,
}

/// Other data than a study's own.
#[derive(Clone, Debug, Args)]
pub struct OtherData {
    /// The same recipes on other data: a name of the catalogue, a folder of class folders, a table, or a NumPy archive;
    /// results then lie in runs/<name of the study>-<name of the data>.
    #[arg(long, value_name = "DATA")]
    pub dataset: Option<String>,
}

/// How runs are done.
#[derive(Clone, Debug, Args)]
pub struct RunningArgs {
    /// Runs at the same time [default: one a core, at most as many as there are runs].
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1024), allow_hyphen_values = true)]
    pub jobs: Option<usize>,
    /// Threads of each run [default: the cores shared out over the runs that are left].
    #[arg(long, value_name = "N", value_parser = whole::<usize>(1..=1024), allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Go on from the checkpoints of runs that were interrupted.
    #[arg(long)]
    pub resume: bool,
    /// How to show progress: bars on a terminal, a line an epoch, or a JSON object a line on stdout.
    #[arg(long, value_enum, default_value_t = ProgressMode::Auto)]
    pub progress: ProgressMode,
    /// Say what it will cost, and with --on what would be submitted, and stop.
    #[arg(long)]
    pub dry_run: bool,
    /// Where data comes from.
    #[command(flatten)]
    pub data: DataPlace,
    /// Which part of the work is done here.
    #[command(flatten)]
    pub sharing: SharingArgs,
}

impl RunningArgs {
    /// Where the data come from here: what is done elsewhere is staged there.
    pub fn data_here(&self) -> DataPlace {
        let is_elsewhere = self.sharing.cluster.on.is_some();
        DataPlace { stage: self.data.stage.clone().filter(|_| !is_elsewhere), ..self.data.clone() }
    }

    /// Whether a part of the work is to be done here, or all of it elsewhere. What is only told is told here.
    pub fn is_shared_out(&self) -> bool {
        self.sharing.cluster.on.is_some() || (self.sharing.share().is_part() && !self.dry_run)
    }

    /// Whether all of the work is to be done here and now.
    pub fn does_all_here(&self) -> bool {
        self.sharing.share() == Share::All && !self.is_shared_out() && !self.dry_run
    }
}

/// How progress is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// Bars on a terminal, else plain.
    Auto,
    /// Bars.
    Bar,
    /// One line an epoch.
    Plain,
    /// One JSON object a line, on stdout.
    Json,
}

/// How an answer is printed: tables for a terminal, unless one of these asks for something else.
#[derive(Clone, Copy, Debug, Args)]
pub struct Format {
    /// Print the answer as JSON.
    #[arg(long, conflicts_with = "markdown")]
    pub json: bool,
    /// Print Markdown tables.
    #[arg(long)]
    pub markdown: bool,
}
