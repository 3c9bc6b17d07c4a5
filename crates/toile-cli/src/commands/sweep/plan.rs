//! What a sweep tries, and its trainings, rung by rung.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, ensure};
use toile_draw::charts::search::sheet;
use toile_draw::svg;
use toile_store::sealed;
use toile_study::conduct::{self, ShareOutcome, StudyHooks};
use toile_study::evidence::search::{Method, Search, SearchRung};
use toile_study::evidence::sweep::Sweep;
use toile_study::numbers::{counted, joined, learning_rate};
use toile_study::run::{Options, Share};
use toile_study::search::{
    Axis, Candidate, Halving, HeldOutRun, Judged, Ladder, Rung, Searched, candidates, grid, judge, measure,
    promoted, random, rates, rung, rungs, tuned_model,
};
use toile_study::study::{Model, Study};
use toile_study::study_file::Source;
use toile_study::{atomic, run};

use super::round;
use crate::args::Format;
use crate::args::RunningArgs;
use crate::commands::shared;
use crate::commands::shared_out::{self, Work};
use crate::exit::EXIT_ERROR;
use crate::progress::{self, say};
use crate::stdout::print;
use crate::stop::{Stop, Watched};
use crate::table::searched;
use run::Data;

/// What is tried, as a command line says it.
pub(super) struct Question<'a> {
    pub(super) axes: &'a [String],
    pub(super) trials: Option<u32>,
    pub(super) draw: u64,
    pub(super) eta: Option<u32>,
    pub(super) epochs_min: u32,
    pub(super) epochs: Option<u32>,
    pub(super) validation: f64,
}

/// What is tried, made out and checked.
pub(super) struct Plan {
    varied: Vec<String>,
    method: Method,
    eta: Option<u32>,
    validation: f64,
    candidates: Vec<Candidate>,
    rungs: Vec<Rung>,
}

/// How it is done.
pub(super) struct Session<'a> {
    pub(super) study: &'a Study,
    pub(super) model: &'a Model,
    pub(super) data: Data<'a>,
    pub(super) out: &'a Path,
    pub(super) options: Options,
    pub(super) format: Format,
    pub(super) running: &'a RunningArgs,
}

impl Plan {
    /// Makes out the candidates and checks each of them, before anything is loaded or trained.
    pub(super) fn new(
        (source, study, model): (&Source, &Study, &Model),
        question: &Question<'_>,
    ) -> anyhow::Result<Plan> {
        let read =
            |text: &String| Axis::read(text).map_err(|problem| anyhow::anyhow!("--vary {text}: {problem}"));
        let axes = question.axes.iter().map(read).collect::<anyhow::Result<Vec<Axis>>>()?;
        // A setting of the optimizer has a long name, too.
        let short = |axis: &Axis| axis.key.strip_prefix("optimizer.").unwrap_or(&axis.key).to_owned();
        let varied: Vec<String> = axes.iter().map(short).collect();
        for (at, key) in varied.iter().enumerate() {
            ensure!(!varied[..at].contains(key), "{key} is varied twice; write all of its values in one");
        }
        let has_epochs = varied.iter().any(|key| key == "epochs");
        ensure!(
            !has_epochs || (question.epochs.is_none() && question.eta.is_none()),
            "--vary epochs: --epochs and --halving set the epochs themselves; leave one of them out"
        );
        let (method, settings) = match question.trials {
            None => (Method::Grid, grid(&axes).map_err(|problem| anyhow::anyhow!("--vary: {problem}"))?),
            Some(trials) => {
                let seed = question.draw;
                (Method::Random { trials, seed }, random(&axes, trials, seed))
            }
        };
        let of = (source, study, model);
        let candidates = candidates(of, &settings, question.validation, question.epochs)?;
        let halving = question.eta.map(|eta| Halving { eta, epochs_min: question.epochs_min });
        let epochs = question.epochs.unwrap_or(model.recipe.epochs);
        // The model as it is goes along and is no candidate of the halving.
        let rungs = rungs(candidates.len() - 1, epochs, halving);
        let (eta, validation) = (question.eta, question.validation);
        let plan = Plan { varied, method, eta, validation, candidates, rungs };
        for step in &plan.rungs {
            plan.study_of(study, step, &plan.all())?;
        }
        Ok(plan)
    }

    fn all(&self) -> Vec<usize> {
        (0..self.candidates.len()).collect()
    }

    /// The trainings of a rung, by the candidates' places.
    fn study_of(&self, study: &Study, step: &Rung, places: &[usize]) -> anyhow::Result<Study> {
        let trained: Vec<&Candidate> = places.iter().map(|&place| &self.candidates[place]).collect();
        Ok(rung(study, &trained, self.eta.map(|_| step.epochs))?)
    }

    /// Trains rung by rung, and tells; what is over already is not trained again.
    pub(super) fn run(&self, session: &Session<'_>) -> anyhow::Result<ExitCode> {
        let Session { study, model, .. } = *session;
        let mut judged: Vec<Option<Judged>> = vec![None; self.candidates.len()];
        let (observer, notice) = progress::observer(session.running.progress, study);
        let stop = shared::stop(session.running, notice)?;
        let observer = stop.watching(observer);
        if let Some(code) = self.elsewhere(session, (&stop, &observer))? {
            return Ok(code);
        }
        if let Some(code) = self.ahead(session, (&stop, &observer))? {
            return Ok(code);
        }
        let (mut places, mut done, mut is_whole) = (self.all(), Vec::new(), true);
        for (number, step) in self.rungs.iter().enumerate() {
            let tried = self.study_of(study, step, &places)?;
            if self.rungs.len() > 1 && session.options.share != Share::All {
                say(&format!("rung {} of {}: {} candidates", number + 1, self.rungs.len(), places.len()));
            }
            let FinishedRung { found, unwritten } = match session.rung(&tried, (&stop, &observer))? {
                Ok(trained) => trained,
                Err(code) => return Ok(code),
            };
            is_whole &= !unwritten;
            done.push(SearchRung { epochs: self.eta.map(|_| step.epochs), candidates: places.len() });
            for ((&place, model), runs) in places.iter().zip(&tried.models).zip(&found) {
                judged[place] = Some(Judged { rung: number, model: model.clone(), runs: runs.clone() });
            }
            if let Some(next) = self.rungs.get(number + 1) {
                places = self.going_on(&places, &found, next.candidates);
            }
        }
        drop(observer);
        if session.options.share.is_part() {
            say("the search is over; `--gather` tells what it came to");
            return Ok(ExitCode::SUCCESS);
        }
        let judged: Vec<Judged> = judged.into_iter().flatten().collect();
        let searched = Searched {
            varied: self.varied.clone(),
            method: self.method,
            eta: self.eta,
            validation: self.validation,
            rungs: done,
            candidates: &self.candidates,
        };
        let found = judge(study, model, &searched, &judged);
        let best = found.best.filter(|&best| best > 0).map(|best| &self.candidates[best]);
        let tuned = best.map(|best| tuned_model(study, model, best, &self.varied));
        let rates = rates(model, &found, &self.candidates);
        let as_it_is = as_it_is(model, &self.varied);
        let written = write(session, &found, (&as_it_is, rates.as_ref()))?;
        let told = searched::Searched {
            of: &found,
            as_it_is: &as_it_is,
            rates: rates.as_ref(),
            tuned: tuned.as_deref(),
        };
        shared::show(
            session.format,
            session.running.progress,
            &found,
            || told.markdown(),
            |options| format!("\n{}", told.terminal(options)),
        )?;
        say(&format!("written: {written}"));
        let is_whole = is_whole && found.best.is_some();
        Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::from(EXIT_ERROR) })
    }

    /// Trains what successive halving comes to, in this process alone: each candidate goes on as soon as it is certain to.
    /// The rounds that follow find everything done, and are the ones that decide; the exit code where it broke off.
    fn ahead(
        &self,
        session: &Session<'_>,
        (stop, observer): (&Stop, &Watched),
    ) -> anyhow::Result<Option<ExitCode>> {
        let Session { study, data, ref options, .. } = *session;
        if self.rungs.len() == 1 || options.share != Share::All {
            return Ok(None);
        }
        let of_rung =
            |rung: &Rung| format!("{} for {}", rung.candidates + 1, counted(rung.epochs as usize, "epoch"));
        let rungs: Vec<String> = self.rungs.iter().map(of_rung).collect();
        say(&format!("candidates of each rung, the model as it is among them: {}", joined(&rungs)));
        let ladder = Ladder::new(study, &self.candidates, &self.rungs, &options.out)?;
        let hooks = StudyHooks { executors: &run::engine, observer, renderer: &(), stop: &stop.requested };
        let ShareOutcome { failures, interrupted, .. } =
            conduct::run_ready(&ladder.study(), data, options, hooks, &ladder)?;
        Ok(shared::broken_off(&failures, interrupted))
    }

    /// What is not to be done here and now: all of the work of one round, or the telling of what several cost.
    fn elsewhere(
        &self,
        session: &Session<'_>,
        (stop, observer): (&Stop, &Watched),
    ) -> anyhow::Result<Option<ExitCode>> {
        let Session { study, data, running, ref options, .. } = *session;
        let is_one = self.rungs.len() == 1;
        if !is_one && !running.dry_run {
            return Ok(None);
        }
        let mut code = None;
        for (number, step) in self.rungs.iter().enumerate() {
            if !is_one {
                print("the cost", &format!("rung {} of {}: ", number + 1, self.rungs.len()));
            }
            // Which candidates go on is not known: others are as long, about.
            let tried = self.study_of(study, step, &self.all()[..=step.candidates])?;
            let hooks =
                StudyHooks { executors: &run::engine, observer, renderer: &(), stop: &stop.requested };
            let answer = session.out.join(Search::file_stem(&session.model.name) + ".json");
            let (answer, needs_every_run) = (&*answer, false);
            let work = Work { study: &tried, data, options, hooks, answer, needs_every_run };
            code = match is_one {
                true => shared_out::elsewhere_or_units(running, session.format, work)?,
                false => shared_out::elsewhere(running, work)?,
            };
        }
        Ok(code)
    }

    /// The candidates of the next rung in the order in which they were tried, the model as it is among them.
    fn going_on(&self, places: &[usize], found: &[Vec<HeldOutRun>], most: usize) -> Vec<usize> {
        let others: Vec<usize> = (0..places.len()).filter(|&at| places[at] != 0).collect();
        let runs: Vec<Vec<HeldOutRun>> = others.iter().map(|&at| found[at].clone()).collect();
        let mut next: Vec<usize> = promoted(&runs, most).into_iter().map(|at| places[others[at]]).collect();
        next.push(0);
        next.sort_unstable();
        next
    }
}

/// A rung whose runs are over.
struct FinishedRung {
    /// What each candidate made of the images held out.
    found: Vec<Vec<HeldOutRun>>,
    /// Whether a file of all runs together could not be written, which was said.
    unwritten: bool,
}

impl Session<'_> {
    /// What a rung comes to on the images held out; the exit code where it did not come to its end.
    fn rung(
        &self,
        tried: &Study,
        (stop, observer): (&Stop, &Watched),
    ) -> anyhow::Result<Result<FinishedRung, ExitCode>> {
        run::select(tried, None)?;
        // Nothing is drawn: a report would show what is not to be chosen by.
        let hooks = StudyHooks { executors: &run::engine, observer, renderer: &(), stop: &stop.requested };
        let mut unwritten = false;
        if self.options.share.is_part() {
            if let Some(code) = round::work(tried, self.data, &self.options, hooks)? {
                return Ok(Err(code));
            }
        } else {
            let outcome = conduct::run(tried, self.data, &self.options, hooks)?;
            if let Some(code) = shared::unfinished(&outcome) {
                return Ok(Err(code));
            }
            shared::refuse_missing(&outcome)?;
            unwritten = outcome.unwritten.is_some();
        }
        let found =
            measure(tried, &self.options.out).context("what the candidates came to cannot be read")?;
        Ok(Ok(FinishedRung { found, unwritten }))
    }
}

/// What the model is called among its candidates: with its rate, where others were tried.
fn as_it_is(model: &Model, varied: &[String]) -> String {
    let is_variable = model.variables.iter().any(|(name, _)| name == "lr");
    match !is_variable && varied.iter().any(|key| key == "lr") {
        true => format!("as it is (lr = {})", learning_rate(model.recipe.learning_rate.base)),
        false => "as it is".into(),
    }
}

/// Writes the answer and its chart, and what `toile explain` reads where nothing but the learning rate was varied.
fn write(
    session: &Session<'_>,
    found: &Search,
    (as_it_is, rates): (&str, Option<&Sweep>),
) -> anyhow::Result<String> {
    let Session { model, out, .. } = *session;
    let stem = Search::file_stem(&model.name);
    let [answer, chart] = ["json", "svg"].map(|end| out.join(format!("{stem}.{end}")));
    sealed::write(&answer, found)?;
    let order = searched::ranked(found);
    let picture = sheet(found, &order, &|place| searched::name(&found.candidates[place], as_it_is));
    atomic::write(&chart, svg::file(&picture).as_bytes())?;
    let mut written = vec![answer, chart];
    if let Some(rates) = rates {
        let path = out.join(Sweep::file_name(&model.name));
        sealed::write(&path, rates)?;
        written.push(path);
    }
    let written: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
    Ok(written.join(", "))
}
