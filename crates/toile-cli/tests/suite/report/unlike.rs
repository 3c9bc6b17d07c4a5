//! Runs that are not all alike: some under way, some missing, some of a class nobody is called by.

use toile_study::results::{ConfusionMatrix, RunStatus};

use super::evidence::{everything, study};

#[test]
fn single_runs_can_be_read_off() {
    let mut fixture = everything();
    fixture.evidence.comparison = None;
    let run = &mut fixture.results.models[0].runs[1];
    (run.status, run.evaluation) = (RunStatus::Unfinished, None);
    run.epochs.truncate(2);
    let [first, last] =
        [0, 1].map(|epoch| format!("{:.2} %", run.epochs[epoch].test_accuracy.unwrap() * 100.0));
    fixture.evidence.outcomes.models[0].runs.remove(1);
    let html = fixture.html();
    let name = "baseline, evaluation, seed 1";
    assert!(html.contains(&format!("\n{name}: {last}")), "under the pointer");
    assert!(html.contains(&format!("{name} from {first} to {last}")), "for those who cannot see it");
    assert!(html.contains(&format!("<th class=\"n\" scope=\"col\">{name}</th>")), "in the table");
    assert!(html.contains(&format!("<td class=\"n\">{last}</td>")));
    assert!(!html.contains("baseline, evaluation, seed 0"), "it is in the mean");
}

#[test]
fn the_head_counts_runs_as_they_are() {
    let mut fixture = everything();
    assert!(fixture.html().contains(", each under 3 seeds."));
    fixture.evidence.comparison = None;
    fixture.results.seeds = vec![0, 1, 2];
    fixture.results.models[1].runs.truncate(1);
    fixture.evidence.outcomes.models[1].runs.truncate(1);
    let html = fixture.html();
    assert!(html.contains(", under 1 to 3 seeds."), "not each under 3");
    assert!(html.contains("4 runs have reached the end; better has 1 of 3 seeds; there is no verdict"));
    assert!(!html.contains("under way</span>") && !html.contains("<progress"), "nothing is");
    // Fewer seeds were asked for than there are runs.
    fixture.results.seeds = vec![0];
    let html = fixture.html();
    assert!(!html.contains("under way</span>") && !html.contains("of 1 seeds"));
}

#[test]
fn a_class_that_one_seed_never_calls_has_the_mean_of_the_others() {
    let mut fixture = study(60, 4, 3, &[0, 1]);
    let of = |fixture: &super::evidence::Fixture| {
        let confusion = &fixture.results.models[0].runs[0].evaluation.as_ref().unwrap().confusion;
        confusion.at(2, 2) as f64 / (0..3).map(|truth| confusion.at(truth, 2)).sum::<u64>() as f64
    };
    let expected = format!("<td class=\"n\">{:.1}<small>1 of 2 runs</small></td>", of(&fixture) * 100.0);
    assert!(!fixture.html().contains(&expected));
    let confusion = &mut fixture.results.models[0].runs[1].evaluation.as_mut().unwrap().confusion;
    let mut rows = confusion.to_rows();
    for row in &mut rows {
        row[0] += std::mem::take(&mut row[2]);
    }
    *confusion = ConfusionMatrix::from_rows(&rows).expect("a square");
    let html = fixture.html();
    assert!(html.contains(&expected), "{expected}");
}

#[test]
fn shares_that_do_not_begin_at_nothing_lie_inside_the_chart() {
    let mut fixture = everything();
    let ablation = fixture.evidence.ablation.as_mut().unwrap();
    ablation.models[0].points.retain(|point| point.share > 0.3);
    let html = fixture.html();
    let mut charts = 0;
    for chart in html.split("data-chart=\"ablation\"").skip(1) {
        let chart = chart.split("</svg>").next().unwrap();
        charts += 1;
        let start = "text-anchor=\"middle\"";
        let x = |tag: &str| -> f64 {
            tag.split_once("x=\"").unwrap().1.split('"').next().unwrap().parse().unwrap()
        };
        let ticks: Vec<&str> = chart.split("<text ").skip(1).filter(|part| part.contains(start)).collect();
        let nothing = ticks.iter().find(|tag| tag.contains(">0 %</text>")).expect("from nothing ablated on");
        for tag in &ticks {
            assert!(x(tag) >= x(nothing), "a tick left of the axis: {tag}");
        }
    }
    assert_eq!(charts, 2);
}
