//! The units of a study's work, told.

use serde_json::json;
use toile_study::numbers::{count, counted, duration};
use toile_study::run::{RunId, UnitCost};

use crate::stdout::print;
use crate::table::{Grid, Style, TableOptions};

/// Prints the units with what each will take, as a table or as JSON.
///
/// # Errors
/// None but those of writing JSON, which has none.
pub(in super::super) fn show(
    costs: &[UnitCost],
    threads: usize,
    json: bool,
    options: TableOptions,
) -> anyhow::Result<()> {
    let seconds: f64 = costs.iter().map(|cost| cost.seconds).sum();
    if json {
        let answer = json!({ "threads": threads, "seconds": seconds, "units": costs });
        print("the plan", &(serde_json::to_string_pretty(&answer)? + "\n"));
        return Ok(());
    }
    let mut grid = Grid { head: ["unit", "runs", "to do"].map(String::from).to_vec(), rows: Vec::new() };
    for UnitCost { unit, done, seconds } in costs {
        let runs: Vec<String> = unit.runs.iter().map(RunId::to_string).collect();
        let left =
            if *done == unit.runs.len() { "done".into() } else { format!("about {}", duration(*seconds)) };
        grid.rows.push(vec![unit.number.to_string(), runs.join(", then "), left]);
    }
    let left = costs.iter().filter(|cost| cost.done < cost.unit.runs.len()).count();
    let work = match (left, threads) {
        (0, _) => "all done".into(),
        (_, 1) => format!("about {} of work on one processor each", duration(seconds)),
        (_, more) => format!("about {} of work on {} processors each", duration(seconds), count(more as u64)),
    };
    let table = grid.text(Style { colour: options.colour });
    let text = format!("{table}\n{}; {work}\n", counted(costs.len(), "unit"));
    print("the plan", &text);
    Ok(())
}
