//! The time by the clock that a folder's files are dated with: on a network file system, the server's.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::atomic::temporary_name;

/// How far the files' clock is from this machine's.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    now: SystemTime,
}

impl Clock {
    /// The clock that files in this folder are dated with: that of a file made there now. Where none can be made, this
    /// machine's.
    pub fn of(folder: &Path) -> Clock {
        let path = temporary_name(&folder.join("now"));
        let now = File::create(&path).and_then(|file| file.metadata()).and_then(|about| about.modified());
        let _ = fs::remove_file(&path);
        Clock { now: now.unwrap_or_else(|_| SystemTime::now()) }
    }

    /// How long ago a file was written; `None` where it is not there.
    pub fn age(&self, path: &Path) -> Option<Duration> {
        let modified = fs::metadata(path).ok()?.modified().ok()?;
        Some(self.now.duration_since(modified).unwrap_or_default())
    }
}
