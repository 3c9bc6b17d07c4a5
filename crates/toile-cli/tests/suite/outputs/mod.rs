//! The drawings of runs and studies, and the data beside the report.

mod data;
mod drawings;
mod fixture;
