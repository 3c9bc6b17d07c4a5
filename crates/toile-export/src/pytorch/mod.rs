//! PyTorch: a Python file with the network as a module and the preprocessing of its pictures. The weights lie beside it,
//! in a safetensors file of the same name, and go through `load_state_dict(strict=True)`.

mod layers;
mod network;

use toile_study::trained::Trained;

use crate::facts::facts;
use crate::python::{list, number, text};

/// What the module does with pictures, the same for every network.
const PICTURES: &str = include_str!("pictures.py");

/// The Python file.
pub fn file(trained: &Trained) -> String {
    let known = |key: &str| facts(trained).into_iter().find(|(known, _)| known == key).map(|(_, text)| text);
    let mut out = String::from(HEAD);
    let origin = [
        ("study", text(&trained.study)),
        ("model", text(&trained.run.model)),
        ("seed", trained.run.seed.to_string()),
        ("epoch", trained.epoch.to_string()),
        ("dataset", text(&trained.dataset)),
        ("weights_sha256", text(&known("weights_sha256").unwrap_or_default())),
        ("producer", text(&known("producer").unwrap_or_default())),
    ];
    out += "# Where it comes from.\nABOUT = {\n";
    origin.iter().for_each(|(key, value)| out += &format!("    \"{key}\": {value},\n"));
    out += "}\n\n# In the order of the network's outputs.\nCLASS_NAMES = [\n";
    trained.class_names.iter().for_each(|name| out += &format!("    {},\n", text(name)));
    let [channels, height, width] = trained.image_shape;
    let numbers = |values: &[f32]| list(values.iter().map(|&value| number(value.into())));
    let [red, green, blue] = trained.preprocessing.background;
    out += &format!(
        "]\n\n\
         # Of an image: 1 for grey, 3 for red, green and blue; height and width in pixels.\n\
         CHANNELS, HEIGHT, WIDTH = {channels}, {height}, {width}\n\
         # Pixels become (byte / 255 - MEAN) / STD, channel by channel.\n\
         MEAN, STD = {}, {}\n\
         # What happens to a picture of another shape: \"squash\", \"crop\" or \"pad\".\n\
         RESIZE = {}\n\
         # Red, green and blue of what is seen through a picture and beside it.\n\
         BACKGROUND = ({red}, {green}, {blue})\n\n\n",
        numbers(&trained.normalization.mean),
        numbers(&trained.normalization.std),
        text(trained.preprocessing.resize.name()),
    );
    out += &network::module(&trained.network);
    out + "\n\n" + PICTURES
}

const HEAD: &str = r#""""A network that Toile trained, for PyTorch, with the preprocessing of its pictures.

    pip install torch safetensors pillow numpy
    python THIS_FILE PICTURE...

In a program: `predict("cat.jpg")`, or `load()` for the network itself, which takes what `normalize(prepare("cat.jpg"))`
makes and gives log-probabilities. The weights are in the safetensors file of the same name beside this one.
"""

import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps
from safetensors.torch import load_file
from torch import nn

"#;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{
        CORNERS, EVERY_LAYER, INGREDIENTS, MODERN_LAYERS, NEWER_LAYERS, check_kept, trained,
    };

    #[test]
    fn modules_are_as_they_were_looked_at() {
        for (name, study, channels) in [
            ("every-layer.py.txt", EVERY_LAYER, 1),
            ("newer-layers.py.txt", NEWER_LAYERS, 1),
            ("modern-layers.py.txt", MODERN_LAYERS, 1),
            ("ingredients.py.txt", INGREDIENTS, 1),
            ("corners.py.txt", CORNERS, 3),
        ] {
            let file = file(&trained(study, channels));
            // The preprocessing stands in a file of its own.
            check_kept(name, file.strip_suffix(PICTURES).unwrap());
        }
    }
}
