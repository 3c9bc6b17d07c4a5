//! The studies that are part of the program.

/// A study the program carries in itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// What `toile run NAME` calls it: the study's own name.
    pub name: &'static str,
    /// The study file.
    pub source: &'static str,
}

macro_rules! built_in {
    ($($name:literal),* $(,)?) => {
        &[$(BuiltIn {
            name: $name,
            source: include_str!(concat!("../../../../studies/", $name, ".toml")),
        }),*]
    };
}

/// All of them: the files of the repository's folder `studies/`.
pub const BUILT_IN: &[BuiltIn] = built_in![
    "baseline-vs-better",
    "quick",
    "ignite",
    "mnist-tutorial",
    "alexnet-small",
    "small-nets",
    "precision",
    "frontier-5",
    "frontier-20",
];
