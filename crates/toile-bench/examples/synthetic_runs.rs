//! Writes the finished runs of a study that nobody trained: `cargo run --release -p toile-bench --example synthetic_runs
//! -- STUDY SEEDS OUT`, as `quick 0-4999 /tmp/many`.

use std::path::Path;

use toile_bench::synthetic::{Error, finish};
use toile_data::LoadOptions;
use toile_study::changes::Changes;
use toile_study::study_file::Source;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [study, seeds, out] = &words[..] else { return Err("expected STUDY SEEDS OUT".into()) };
    let (first, last) = seeds.split_once('-').ok_or("expected SEEDS as 0-4999")?;
    let seeds: Vec<u64> = (first.parse()?..=last.parse()?).collect();
    let source = Source::open(study)?;
    let parsed = source.clone().parse()?;
    let options = LoadOptions { offline: true, ..LoadOptions::default() };
    let data = toile_data::open(&parsed.study().source, source.folder(), &options, &mut |_| {})?;
    let study = parsed.bind(&data.info())?.with(&Changes { seeds: Some(seeds), ..Changes::default() })?;
    println!("{} runs in {out}", finish(&study, &data, Path::new(out))?);
    Ok(())
}
