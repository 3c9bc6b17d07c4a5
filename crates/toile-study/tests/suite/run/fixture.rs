//! A tiny study on made-up images, and executors that do what a test wants at a step it names.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tempfile::TempDir;
use toile_data::Dataset;
use toile_kernels::isa::Isa;
use toile_kernels::precision::Precision;
use toile_kernels::random::{Purpose, Stream};
use toile_nn::description::{
    BatchNorm2d, Conv2d, Dropout, Flatten, Layer, Linear, LogSoftmax, MaxPool2d, Pair, ReLU,
};
use toile_nn::engine::{Engine, EngineError, EngineOptions};
use toile_nn::executor::{AverageStep, Batch, Executor, Pixels, StatisticsBatch, StepResult, StepSettings};
use toile_nn::optimizer::Adam;
use toile_nn::plain::PlainExecutor;
use toile_nn::schedule::LearningRate;
use toile_nn::state::{OptimizerState, StateDict, StateError};
use toile_study::conduct::{self, ConductError, Outcome, Renderer, StudyHooks};
use toile_study::evidence::settings::ComparisonSettings;
use toile_study::recipe::{ClassWeights, JudgedBy, Loss, Normalization, Recipe, Sampler};
use toile_study::run::{self, Built, Data, Observer, Options};
use toile_study::study::{Model, Study};

pub(super) const CLASSES: usize = 3;
/// With batches of 16 the last of the three is smaller.
pub(super) const TRAIN_IMAGES: usize = 40;
pub(super) const STEPS: usize = 3;
pub(super) const EPOCHS: u32 = 3;

/// Images whose class shows in one of three rows.
pub(super) fn dataset(images: usize, seed: u64) -> Dataset {
    let mut pixels = Vec::new();
    let labels: Vec<u32> = (0..images as u32).map(|i| i % CLASSES as u32).collect();
    for (image, &label) in labels.iter().enumerate() {
        let noise = Stream::new(seed, Purpose::Split, 0, image as u32);
        pixels.extend((0..36).map(|i| {
            let bright = if i / 12 == label { 100 } else { 0 };
            bright + (noise.uniform(i) * 90.0) as u8
        }));
    }
    let class_names = vec!["top".into(), "middle".into(), "bottom".into()];
    Dataset::new([1, 6, 6], pixels, labels, class_names)
}

/// Adam, batch normalisation, dropout, batches of 16.
pub(super) fn model(name: &str) -> Model {
    let layers = [
        Layer::Conv2d(Conv2d {
            out_channels: 4,
            kernel_size: Pair::square(3),
            stride: Pair::square(1),
            padding: Pair::square(1),
            bias: true,
            ..Conv2d::new(1, 1)
        }),
        Layer::BatchNorm2d(BatchNorm2d::default()),
        Layer::ReLU(ReLU),
        Layer::MaxPool2d(MaxPool2d {
            kernel_size: Pair::square(2),
            stride: Pair::square(2),
            padding: Pair::square(0),
            ceil_mode: false,
        }),
        Layer::Flatten(Flatten),
        Layer::Linear(Linear { out_features: 8, bias: true, ..Linear::new(1) }),
        Layer::ReLU(ReLU),
        Layer::Dropout(Dropout { p: 0.25 }),
        Layer::Linear(Linear { out_features: CLASSES, bias: true, ..Linear::new(1) }),
        Layer::LogSoftmax(LogSoftmax),
    ];
    Model {
        name: name.into(),
        on_request: false,
        published: None,
        architecture: "tiny".into(),
        variables: vec![],
        recipe: Recipe {
            dataset: "rows".into(),
            validation: None,
            cross_validation: None,
            judged_by: JudgedBy::Test,
            layers: layers.to_vec(),
            normalization: Normalization::fixed(vec![0.5], vec![0.5]),
            augment: vec![],
            optimizer: Adam::default().into(),
            average: None,
            parameter_groups: vec![],
            clip: None,
            learning_rate: LearningRate::constant(0.01),
            epochs: EPOCHS,
            batch_size: 16,
            loss: Loss::NllLoss,
            precision: Precision::F32,
            label_smoothing: 0.0,
            class_weights: ClassWeights::Equal,
            sampler: Sampler::Shuffle,
            early_stopping: None,
            test_time_augmentation: None,
        },
    }
}

pub(super) fn study(models: Vec<Model>) -> Study {
    Study {
        name: "tiny".into(),
        title: String::new(),
        note: String::new(),
        seeds: vec![0],
        source: toile_data::DataSource::named("rows"),
        data: Default::default(),
        comparison: ComparisonSettings::default(),
        models,
        factors: vec![],
        ensembles: vec![],
    }
}

/// What an executor does beside its work. Steps and calls are counted from 1.
#[derive(Clone, Copy, Debug)]
pub(super) enum Fault {
    None,
    /// Asks for a stop in this step.
    StopInStep(usize),
    /// Asks for a stop in this call of `log_probabilities`.
    StopInEvaluation(usize),
    /// Reports this loss in this step.
    LossInStep(usize, f64),
    /// Has a bug in this step.
    PanicInStep(usize),
}

struct Faulty {
    inner: Box<dyn Executor>,
    fault: Fault,
    stop: Arc<AtomicBool>,
    steps: usize,
    evaluations: usize,
}

impl Executor for Faulty {
    fn train_step(&mut self, batch: Batch<'_>, settings: StepSettings) -> StepResult {
        self.steps += 1;
        let mut result = self.inner.train_step(batch, settings);
        match self.fault {
            Fault::StopInStep(step) if step == self.steps => self.stop.store(true, Ordering::Relaxed),
            Fault::LossInStep(step, loss) if step == self.steps => result.loss_sum = loss,
            Fault::PanicInStep(step) if step == self.steps => panic!("a bug in step {step}"),
            _ => {}
        }
        result
    }

    fn log_probabilities(&mut self, images: Pixels<'_>, out: &mut [f32]) {
        self.evaluations += 1;
        if matches!(self.fault, Fault::StopInEvaluation(call) if call == self.evaluations) {
            self.stop.store(true, Ordering::Relaxed);
        }
        self.inner.log_probabilities(images, out);
    }

    fn state_dict(&self) -> StateDict<f32> {
        self.inner.state_dict()
    }

    fn load_state_dict(&mut self, state: &StateDict<f32>) -> Result<(), StateError> {
        self.inner.load_state_dict(state)
    }

    fn optimizer_state(&self) -> OptimizerState {
        self.inner.optimizer_state()
    }

    fn load_optimizer_state(&mut self, state: &OptimizerState) -> Result<(), StateError> {
        self.inner.load_optimizer_state(state)
    }

    fn average(&mut self, step: AverageStep) {
        self.inner.average(step);
    }

    fn exchange_average(&mut self) {
        self.inner.exchange_average();
    }

    fn average_state(&self) -> Option<StateDict<f32>> {
        self.inner.average_state()
    }

    fn load_average_state(&mut self, state: &StateDict<f32>) -> Result<(), StateError> {
        self.inner.load_average_state(state)
    }

    /// Counts as a call of `log_probabilities`.
    fn renew_statistics(&mut self, batch: StatisticsBatch<'_>) {
        self.evaluations += 1;
        if matches!(self.fault, Fault::StopInEvaluation(call) if call == self.evaluations) {
            self.stop.store(true, Ordering::Relaxed);
        }
        self.inner.renew_statistics(batch);
    }
}

/// The plain executor.
pub(super) fn plain(setup: run::Setup<'_>) -> Result<Built, EngineError> {
    let executor = Box::new(PlainExecutor::<f32>::new(setup.network, setup.training));
    Ok(Built { executor, isa: "plain".into() })
}

/// A study's folder and data.
pub(super) struct Bench {
    pub(super) out: TempDir,
    pub(super) study: Study,
    pub(super) train: Dataset,
    pub(super) validation: Option<Dataset>,
    pub(super) test: Dataset,
    pub(super) options: Options,
    /// The planned engine with these threads and instruction set, instead of the plain executor.
    pub(super) engine: Option<(usize, Isa)>,
    pub(super) digests: Vec<(String, String)>,
    pub(super) test_digests: usize,
}

impl Bench {
    pub(super) fn new(study: Study) -> Self {
        let out = tempfile::tempdir().unwrap();
        let options = Options { jobs: Some(1), threads: Some(1), ..Options::new(out.path()) };
        let digests = vec![("train".into(), "0123".into())];
        Bench {
            out,
            study,
            train: dataset(TRAIN_IMAGES, 1),
            validation: None,
            test: dataset(15, 2),
            options,
            engine: None,
            digests,
            test_digests: 0,
        }
    }

    pub(super) fn data(&self) -> Data<'_> {
        let validation = self.validation.as_ref();
        let (digests, test_digests) = (&self.digests[..], self.test_digests);
        Data { train: &self.train, validation, test: &self.test, digests, test_digests }
    }

    /// What is left to do.
    pub(super) fn cost(&self) -> run::Cost {
        run::cost(&self.study, self.data(), &self.options, &plain).unwrap()
    }

    pub(super) fn run(&self) -> Result<Outcome, ConductError> {
        self.run_with(Fault::None, &())
    }

    /// Runs with a renderer.
    pub(super) fn draw(&self, renderer: &dyn Renderer) -> Result<Outcome, ConductError> {
        let stop = AtomicBool::new(false);
        let hooks = StudyHooks { executors: &plain, observer: &(), renderer, stop: &stop };
        conduct::run(&self.study, self.data(), &self.options, hooks)
    }

    /// Runs with other options.
    pub(super) fn run_in(&self, options: Options) -> Result<Outcome, ConductError> {
        let stop = AtomicBool::new(false);
        let hooks = StudyHooks { executors: &plain, observer: &(), renderer: &(), stop: &stop };
        conduct::run(&self.study, self.data(), &options, hooks)
    }

    /// The fault is that of the first run; warm-ups and later runs have none.
    pub(super) fn run_with(&self, fault: Fault, observer: &dyn Observer) -> Result<Outcome, ConductError> {
        let stop = Arc::new(AtomicBool::new(false));
        let built = AtomicUsize::new(0);
        let warm_ups = self.options.models.as_ref().map_or(self.study.models.len(), Vec::len);
        let executors = |setup: run::Setup<'_>| {
            let is_first_run = built.fetch_add(1, Ordering::Relaxed) == warm_ups;
            let fault = if is_first_run { fault } else { Fault::None };
            let inner: Box<dyn Executor> = match self.engine {
                None => Box::new(PlainExecutor::<f32>::new(setup.network, setup.training)),
                Some((threads, isa)) => {
                    let options = EngineOptions { batch_size: setup.batch_size, threads, isa: Some(isa) };
                    Box::new(Engine::new(setup.network, setup.training, options).expect("memory and threads"))
                }
            };
            let executor = Box::new(Faulty { inner, fault, stop: stop.clone(), steps: 0, evaluations: 0 });
            Ok(Built { executor, isa: "plain".into() })
        };
        let hooks = StudyHooks { executors: &executors, observer, renderer: &(), stop: &stop };
        conduct::run(&self.study, self.data(), &self.options, hooks)
    }

    /// Every file that is to be the same for two honest runs, by its path; what is not, as "differs".
    pub(super) fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = Vec::new();
        collect(self.out.path(), self.out.path(), &mut files);
        files.sort();
        for (name, contents) in &mut files {
            if name.ends_with("receipt.json") {
                *contents = b"differs".to_vec();
            }
        }
        files
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.files().into_iter().map(|(name, _)| name).collect()
    }

    pub(super) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.out.path().join(name)).unwrap()
    }
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
            files.push((name, std::fs::read(&path).unwrap()));
        }
    }
}
