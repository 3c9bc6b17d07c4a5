//! Integration tests of `toile-study`, one module a subject.

mod ablation;
mod bound;
mod draft;
mod evidence;
mod explained;
mod factors;
mod findings;
mod model_settings;
mod networks;
mod recipes;
mod run;
mod same_recipe;
mod search;
mod study_file;
mod temperature;
mod test_time;
