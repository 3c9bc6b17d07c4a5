//! What a file of weights says of a network that stands by itself.

use toile_data::DatasetInfo;
use toile_data::source::{DataSource, Location};
use toile_picture::Preprocessing;
use toile_store::weights::About;

use super::Trained;
use crate::evidence::settings::ComparisonSettings;
use crate::study::{Model, Study};
use crate::study_file;

impl Trained {
    /// What a file of its weights says beside them, so that [`read`](super::read) gives it back.
    pub fn about(&self) -> About {
        About {
            study: self.study.clone(),
            dataset: self.dataset.clone(),
            model: self.run.model.clone(),
            seed: self.run.seed,
            epoch: self.epoch,
            class_names: self.class_names.clone(),
            image_shape: self.image_shape,
            mean: self.normalization.mean.clone(),
            std: self.normalization.std.clone(),
            config: configuration(self),
            provenance: self.provenance.clone(),
            // It stands beside no table of epochs.
            results: None,
        }
    }
}

/// The recipe as a study file of one model; how pictures become pixels stands with the data set.
fn configuration(Trained { recipe, preprocessing, source, .. }: &Trained) -> String {
    let Preprocessing { channels, size, resize, background } = *preprocessing;
    let source = match (resize, background) == (source.resize, source.background) {
        true => source.clone(),
        // Images that were in memory came from somewhere, and only this is known of it.
        false => DataSource {
            location: Location::Folders(vec!["pictures".into()]),
            channels: Some(channels),
            image_size: Some(size),
            resize,
            background,
            ..source.clone()
        },
    };
    let model = Model {
        name: "model".into(),
        on_request: false,
        published: None,
        architecture: "network".into(),
        variables: Vec::new(),
        recipe: recipe.clone(),
    };
    let study = Study {
        name: "model".into(),
        title: String::new(),
        note: String::new(),
        seeds: vec![0],
        source,
        data: DatasetInfo::default(),
        comparison: ComparisonSettings::default(),
        models: vec![model],
        factors: Vec::new(),
        ensembles: Vec::new(),
    };
    study_file::resolved(&study, &study.models[0])
}
