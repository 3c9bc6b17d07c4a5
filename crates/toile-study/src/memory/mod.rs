//! How much memory trainings take, and whether there is so much. Running out of it ends a program without a word, so
//! what cannot fit is refused before it is tried.

mod limit;
mod need;

pub use limit::{Limit, limit};
pub use need::Need;

use toile_data::DatasetInfo;

use crate::numbers;

/// Trainings that would take more memory than there is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TooMuch {
    /// Which of them takes most, in the order in which they were given.
    pub place: usize,
    /// Bytes it takes.
    pub one: u64,
    /// How many run at a time.
    pub jobs: usize,
    /// Bytes of those that do.
    pub all: u64,
    /// What there is.
    pub limit: Limit,
    /// The largest batch size with which as many as that fit; none where not even single images do.
    pub batch_size: Option<usize>,
    /// Whether it fits by itself.
    pub fits_alone: bool,
}

impl TooMuch {
    /// What it takes and what there is, without a remedy.
    pub fn shortage(&self) -> String {
        let TooMuch { one, jobs, all, limit, .. } = self;
        let together = match jobs {
            1 => String::new(),
            jobs => format!(", {} with {jobs} trainings at a time", numbers::bytes(*all)),
        };
        format!("it takes {} of memory{together}, but {limit}", numbers::bytes(*one))
    }
}

impl std::fmt::Display for TooMuch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let TooMuch { jobs, batch_size, fits_alone, .. } = self;
        write!(f, "{}; ", self.shortage())?;
        let largest = batch_size
            .map(|batch_size| format!("a batch_size of at most {}", numbers::count(batch_size as u64)));
        match (largest, *fits_alone && *jobs > 1) {
            (Some(largest), true) => write!(f, "choose --jobs 1, or {largest}"),
            (Some(largest), false) => write!(f, "choose {largest}"),
            (None, true) => write!(f, "choose --jobs 1"),
            (None, false) => write!(f, "choose fewer channels or features"),
        }
    }
}

impl std::error::Error for TooMuch {}

/// Whether these trainings fit, `jobs` of them at a time: the largest, to be sure.
///
/// # Errors
/// They do not.
pub fn check(needs: &[Need<'_>], jobs: usize, limit: Option<Limit>) -> Result<(), TooMuch> {
    let bytes = of_each(needs);
    let all = together(&bytes, jobs);
    let Some(limit) = limit.filter(|limit| all > limit.bytes) else { return Ok(()) };
    let largest = |(_, bytes): &(usize, u64)| *bytes;
    let Some((place, one)) = bytes.iter().copied().enumerate().max_by_key(largest) else { return Ok(()) };
    let jobs = jobs.clamp(1, needs.len());
    let batch_size = needs[place].largest_batch(limit.bytes / jobs as u64);
    Err(TooMuch { place, one, jobs, all, limit, batch_size, fits_alone: one <= limit.bytes })
}

/// How many of these trainings fit at a time, the largest of them: at most `jobs`, and not less than one.
pub fn most_jobs(needs: &[Need<'_>], jobs: usize, limit: Option<Limit>) -> usize {
    let bytes = of_each(needs);
    let fit = |jobs: &usize| limit.is_none_or(|limit| together(&bytes, *jobs) <= limit.bytes);
    (1..=jobs).rev().find(fit).unwrap_or(1)
}

/// Bytes that the program takes beside its trainings and their data, while it draws a report: as measured.
pub const PROGRAM: u64 = 40 << 20;

/// Bytes that a data set takes: its pixels as they are, and labels.
pub fn of_data(data: &DatasetInfo) -> u64 {
    let image = data.image_shape.iter().product::<usize>() + size_of::<u32>();
    (data.train_images + data.validation_images + data.test_images) as u64 * image as u64
}

/// Bytes of each. Runs of one model stand side by side and take the same, which is found out once.
fn of_each(needs: &[Need<'_>]) -> Vec<u64> {
    let mut bytes: Vec<u64> = Vec::new();
    for (place, need) in needs.iter().enumerate() {
        let known = place.checked_sub(1).filter(|&before| needs[before] == *need).map(|before| bytes[before]);
        bytes.push(known.unwrap_or_else(|| need.bytes()));
    }
    bytes
}

/// Bytes of the largest `jobs` of them.
pub fn together(bytes: &[u64], jobs: usize) -> u64 {
    let mut bytes = bytes.to_vec();
    bytes.sort_unstable_by(|a, b| b.cmp(a));
    bytes.iter().take(jobs.max(1)).fold(0, |sum, &one| sum.saturating_add(one))
}
