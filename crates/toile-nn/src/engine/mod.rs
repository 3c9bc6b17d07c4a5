//! The planned executor: a network compiled into fused stages over preallocated buffers.
//!
//! `description::Network` -> [`flow::Flow`] (who reads and writes what) -> [`plan::Plan`] (stages) -> steps. A step
//! runs the stages forward, then backward; each stage updates its own parameters as soon as their gradient
//! is known, so most gradients never exist as a whole. Nothing is allocated after construction.

mod error;
mod finish;
mod flow;
pub(crate) mod left;
pub(crate) mod parameters;
mod placement;
mod plan;
pub(crate) mod stage;
mod stopwatch;
pub(crate) mod tensors;

pub use error::EngineError;
pub use stopwatch::StageTime;

use toile_kernels::buffer::{OutOfMemory, try_filled};
use toile_kernels::floats::with_default_settings;
use toile_kernels::isa::Isa;
use toile_kernels::log_softmax::{self, Targets};
use toile_kernels::optimizer::Rule;
use toile_kernels::paper;
use toile_kernels::team::Team;

use crate::description::Network;
use crate::executor::{
    AverageStep, Batch, Executor, Pixels, StatisticsBatch, StepResult, StepSettings, Training,
};
use crate::graph::follow::Follow;
use crate::graph::place::TensorId;
use crate::groups::GroupError;
use crate::initialisation::initial_state;
use crate::largest::first_largest;
use crate::state::{OptimizerState, StateDict, StateError};
use crate::updates::{Moment, Updates};
use finish::Finish;
use parameters::Parameters;
use plan::Plan;
use stage::{Context, Sizes};
use stopwatch::{Pass, Stopwatch, timed};
use tensors::Tensors;

/// How a network is executed. None of it changes results.
#[derive(Clone, Copy, Debug)]
pub struct EngineOptions {
    /// Images of the largest training batch.
    pub batch_size: usize,
    /// Threads that compute, the caller included.
    pub threads: usize,
    /// Instruction set; the machine's widest if `None`.
    pub isa: Option<Isa>,
}

/// Of one image, on one thread, with the machine's widest instructions.
impl Default for EngineOptions {
    fn default() -> Self {
        EngineOptions { batch_size: 1, threads: 1, isa: None }
    }
}

/// Images an evaluation takes at a time, at least.
const EVALUATION_IMAGES: usize = 64;

/// A network in execution. See the module.
#[derive(Debug)]
pub struct Engine {
    network: Network,
    training: Training,
    updates: Updates,
    /// Those of a step.
    rules: Vec<Rule>,
    parts: Parts,
    steps: u64,
    stopwatch: Option<Stopwatch>,
    team: Team,
}

/// All of an engine that takes memory.
#[derive(Debug)]
struct Parts {
    plan: Plan,
    tensors: Tensors,
    parameters: Parameters,
    finish: Finish,
    losses: Vec<f32>,
}

impl Parts {
    fn new(
        network: &Network,
        updates: &Updates,
        training: &Training,
        sizes: Sizes,
    ) -> Result<Parts, OutOfMemory> {
        let plan = Plan::new(network, &updates.learning(), sizes)?;
        let (waits, keeps_average) = (training.clip.is_some(), training.keeps_average);
        let parameters = Parameters::new(plan.packings.clone(), updates, waits, keeps_average)?;
        Ok(Parts {
            tensors: Tensors::new(&plan.storage, sizes.capacity)?,
            finish: Finish::new(network, updates, training.clip, &parameters)?,
            parameters,
            losses: try_filled(0.0, sizes.capacity)?,
            plan,
        })
    }
}

impl Engine {
    /// A network with the initial parameters of `training.seed`.
    ///
    /// # Errors
    /// Groups of parameters do not fit the network, there is no memory for it, or a thread is refused.
    pub fn new(network: &Network, training: Training, options: EngineOptions) -> Result<Engine, EngineError> {
        let updates = training.updates(network)?;
        let team = Team::new(options.threads, options.isa.unwrap_or_else(Isa::best))?;
        let sizes = sizes(options.batch_size, team.threads());
        let mut engine = Engine {
            network: network.clone(),
            parts: Parts::new(network, &updates, &training, sizes)?,
            rules: Vec::with_capacity(updates.rules_len()),
            updates,
            training,
            steps: 0,
            stopwatch: None,
            team,
        };
        let state = initial_state(network, engine.training.seed);
        engine.load_state_dict(&state).expect("initial parameters fit their network");
        Ok(engine)
    }

    /// Bytes of the buffers that [`Engine::new`] makes of these: parameters with their packed copies and what the
    /// optimizer keeps of them, activations, gradients, what the kernels need. None of them is allocated.
    ///
    /// # Errors
    /// Groups of parameters do not fit the network.
    pub fn bytes(network: &Network, training: &Training, options: EngineOptions) -> Result<u64, GroupError> {
        let updates = training.updates(network)?;
        let sizes = sizes(options.batch_size, options.threads);
        Ok(paper::bytes(|| Parts::new(network, &updates, training, sizes)))
    }

    /// The instruction set in use.
    pub fn isa(&self) -> Isa {
        self.team.isa()
    }

    /// The gradients of one batch, before any clipping, in PyTorch's layout, of what is trained; BatchNorm's running
    /// statistics move, parameters do not. For tests and for looking: it allocates.
    pub fn gradients(&mut self, batch: Batch<'_>, epoch: u32) -> (StepResult, StateDict<f32>) {
        let kept = self.parts.parameters.clone();
        self.parts.parameters.make_recorders();
        let result = self.run_step(batch, epoch, Follow::Step(self.steps + 1));
        let gradients = self.parts.parameters.gradients(&self.network.parameters);
        let recorded = std::mem::replace(&mut self.parts.parameters, kept);
        self.parts.parameters.take_untrained(&self.network.parameters, recorded);
        (result, gradients)
    }

    /// Times the stages from here on.
    pub fn start_stopwatch(&mut self) {
        self.stopwatch = Some(Stopwatch::new(self.parts.plan.labels.iter().cloned()));
    }

    /// Ends the timing; what each stage took since it began, in the order they run forward.
    pub fn stop_stopwatch(&mut self) -> Vec<StageTime> {
        self.stopwatch.take().map_or_else(Vec::new, Stopwatch::into_times)
    }

    fn run_step(&mut self, batch: Batch<'_>, epoch: u32, follow: Follow) -> StepResult {
        // Kernels see to their settings themselves; this is for the sums and scalars between them.
        with_default_settings(|| self.forward_and_backward(batch, epoch, follow))
    }

    fn forward_and_backward(&mut self, batch: Batch<'_>, epoch: u32, follow: Follow) -> StepResult {
        let Batch { images, labels, image_ids, mixed } = batch;
        let Engine { network, training, parts, stopwatch, team, .. } = self;
        let Parts { plan, tensors, parameters, losses, .. } = parts;
        let count = labels.len();
        assert!(count > 0 && count <= plan.sizes.batch_size, "{count} images in a batch");
        assert_eq!(image_ids.len(), count, "image ids");
        images.check(count, network.input.len());
        tensors.load_input(team, images, 0..count);
        let seed = training.seed;
        let mut context = Context {
            team,
            tensors,
            parameters,
            images: count,
            in_place: None,
            image_ids,
            seed,
            epoch,
            training: true,
            follow,
        };
        for index in 0..plan.labels.len() {
            timed(stopwatch, Pass::Forward(index), || plan.forward(index, &mut context));
        }
        let result = timed(stopwatch, Pass::Head, || {
            head(&mut context, plan.storage.logits, training.targets(labels, mixed), losses)
        });
        for index in (0..plan.labels.len()).rev() {
            if plan.goes_back[index] {
                timed(stopwatch, Pass::Backward(index), || plan.backward(index, &mut context));
            }
        }
        result
    }

    /// Forward as in training, and no further.
    fn renew(&mut self, batch: StatisticsBatch<'_>) {
        let StatisticsBatch { images, image_ids, epoch, number } = batch;
        let Engine { network, training, parts, team, .. } = self;
        let Parts { plan, tensors, parameters, .. } = parts;
        let count = image_ids.len();
        assert!(count > 0 && count <= plan.sizes.batch_size, "{count} images in a batch");
        images.check(count, network.input.len());
        tensors.load_input(team, images, 0..count);
        let mut context = Context {
            team,
            tensors,
            parameters,
            images: count,
            in_place: None,
            image_ids,
            seed: training.seed,
            epoch,
            training: true,
            follow: Follow::Anew(number),
        };
        for index in 0..plan.labels.len() {
            plan.forward(index, &mut context);
        }
    }

    fn evaluate(&mut self, images: Pixels<'_>, out: &mut [f32]) {
        let classes = self.network.classes;
        assert_eq!(out.len() % classes, 0, "outputs of whole images");
        images.check(out.len() / classes, self.network.input.len());
        let Parts { plan, tensors, parameters, .. } = &mut self.parts;
        let chunk = plan.sizes.capacity;
        for (index, out) in out.chunks_mut(chunk * classes).enumerate() {
            let (first, count) = (index * chunk, out.len() / classes);
            let in_place = match images {
                Pixels::Values(values) if plan.reads_in_place => {
                    Some(&values[first * self.network.input.len()..][..count * self.network.input.len()])
                }
                _ => None,
            };
            if in_place.is_none() {
                tensors.load_input(&mut self.team, images, first..first + count);
            }
            let mut context = Context {
                team: &mut self.team,
                tensors: &mut *tensors,
                parameters: &mut *parameters,
                images: count,
                in_place,
                image_ids: &[],
                seed: self.training.seed,
                epoch: 0,
                training: false,
                follow: Follow::Step(1),
            };
            for index in 0..plan.labels.len() {
                timed(&mut self.stopwatch, Pass::Forward(index), || plan.forward(index, &mut context));
            }
            timed(&mut self.stopwatch, Pass::Head, || {
                tensors.log_softmax_to(&mut self.team, plan.storage.logits, count, out);
            });
        }
    }
}

fn sizes(batch_size: usize, threads: usize) -> Sizes {
    Sizes { batch_size, capacity: batch_size.max(EVALUATION_IMAGES), threads }
}

/// Log-probabilities, losses and the gradient of the logits.
fn head(context: &mut Context<'_>, logits: TensorId, targets: Targets<'_>, losses: &mut [f32]) -> StepResult {
    let Context { team, tensors, images, .. } = context;
    let images = *images;
    tensors.log_softmax(team, logits, images);
    let (x, log_probabilities, dx) = tensors.head(logits);
    let args = log_softmax::Backward { images, x, log_probabilities, targets };
    let weight_sum = log_softmax::backward(team, args, losses, dx);
    let mut result = StepResult { loss_sum: 0.0, weight_sum, correct: 0 };
    for (image, &loss) in losses[..images].iter().enumerate() {
        let label = targets.main_label(image) as usize;
        result.loss_sum += f64::from(loss);
        result.correct += usize::from(first_largest(tensors.log_probabilities(image)) == label);
    }
    result
}

impl Executor for Engine {
    fn train_step(&mut self, batch: Batch<'_>, settings: StepSettings) -> StepResult {
        self.steps += 1;
        let at = Moment { learning_rate: settings.learning_rate, step: self.steps };
        self.updates.write_rules(at, &mut self.rules);
        self.parts.parameters.set_rules(&self.updates, &self.rules);
        let result = self.run_step(batch, settings.epoch, Follow::Step(self.steps));
        let Engine { network, updates, parts: Parts { finish, parameters, .. }, team, .. } = self;
        with_default_settings(|| finish.run(team, network, updates, parameters, at));
        result
    }

    fn log_probabilities(&mut self, images: Pixels<'_>, out: &mut [f32]) {
        with_default_settings(|| self.evaluate(images, out));
    }

    fn state_dict(&self) -> StateDict<f32> {
        self.parts.parameters.values(&self.network.parameters)
    }

    fn load_state_dict(&mut self, state: &StateDict<f32>) -> Result<(), StateError> {
        self.parts.parameters.load_values(&self.network.arranged(state)?);
        Ok(())
    }

    fn average(&mut self, step: AverageStep) {
        self.parts.parameters.average(&mut self.team, step);
    }

    fn exchange_average(&mut self) {
        self.parts.parameters.exchange_average();
    }

    fn average_state(&self) -> Option<StateDict<f32>> {
        let kept = self.training.keeps_average;
        kept.then(|| self.parts.parameters.average_values(&self.network.parameters))
    }

    fn load_average_state(&mut self, state: &StateDict<f32>) -> Result<(), StateError> {
        assert!(self.training.keeps_average, "an average is kept");
        self.parts.parameters.load_average(&self.network.arranged(state)?);
        Ok(())
    }

    fn renew_statistics(&mut self, batch: StatisticsBatch<'_>) {
        with_default_settings(|| self.renew(batch));
    }

    fn optimizer_state(&self) -> OptimizerState {
        let tensors = self.parts.parameters.states(&self.network.parameters, &self.updates);
        OptimizerState { step: self.steps, tensors }
    }

    fn load_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), StateError> {
        let mut expected = vec![];
        for (index, parameter) in self.network.parameters.iter().enumerate() {
            let name = |state: &&str| (format!("{}.{state}", parameter.name), parameter.shape.clone());
            expected.extend(self.updates.states(index).iter().map(name));
        }
        let tensors = state.tensors.arranged(&expected)?;
        self.parts.parameters.load_states(&self.updates, &tensors);
        self.steps = state.step;
        Ok(())
    }
}
