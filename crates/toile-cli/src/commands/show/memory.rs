//! How much memory the trainings of a study take.

use toile_nn::description::Network;
use toile_study::memory::{self, Need};
use toile_study::numbers::{bytes, counted};
use toile_study::run::share_out;
use toile_study::study::{Model, Study};

/// Bytes of each training, and of those that run at a time.
pub(super) struct Memory {
    each: Vec<u64>,
    jobs: usize,
    all: u64,
}

impl Memory {
    /// On this many cores; a network that is not there takes nothing.
    pub(super) fn of(study: &Study, networks: &[Option<Network>], cores: usize) -> Memory {
        let seeds = study.seeds.len();
        let unasked = study.models.iter().filter(|model| !model.on_request).count();
        let (jobs, threads) = share_out(unasked * seeds, cores, None, None);
        let data = &study.data;
        let evaluated = data.train_images.max(data.test_images);
        let (mut each, mut runs) = (vec![], vec![]);
        for (Model { recipe, on_request, .. }, network) in study.models.iter().zip(networks) {
            let (optimizer, batch_size) = (recipe.optimizer, recipe.batch_size);
            let keeps_average = recipe.average.is_some();
            let need =
                |network| Need { network, optimizer, keeps_average, batch_size, threads, evaluated }.bytes();
            let bytes = network.as_ref().map_or(0, need);
            each.push(bytes);
            runs.extend(std::iter::repeat_n(bytes, if *on_request { 0 } else { seeds }));
        }
        let beside = memory::PROGRAM + memory::of_data(data);
        let all = memory::together(&runs, jobs).saturating_add(beside);
        Memory { each, jobs, all }
    }

    /// `about 180 MiB with the data, 2 runs at a time`.
    pub(super) fn all(&self) -> String {
        format!("about {} with the data, {} at a time", bytes(self.all), counted(self.jobs, "run"))
    }

    pub(super) fn of_model(&self, index: usize) -> String {
        format!("about {}", bytes(self.each[index]))
    }
}
