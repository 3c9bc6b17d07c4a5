//! A program in 32 bit floats: its constants, its functions, and the calls one after the other.

use toile_device::program::{self, Operation, Step};
use toile_study::trained::Trained;

use super::text::float;
use super::writer::{Call, Frame, Writer};
use super::{Size, curves, shapes};

/// The source behind the names of the classes.
pub(super) fn body(trained: &Trained) -> (String, Size) {
    let program = program::lower(&trained.network, &trained.weights);
    let mut writer = Writer::new(&program);
    floats(&mut writer, "mean", &trained.normalization.mean);
    floats(&mut writer, "deviation", &trained.normalization.std);
    for step in &program.steps {
        write(&mut writer, step);
    }
    writer.function(include_str!("float32/normalize.c"));
    writer.function(include_str!("float32/softmax.c"));
    let len = writer.memory.len;
    let frame = Frame {
        memory: format!("static float memory[{len}];\n"),
        first: format!("normalize(image, {})", writer.place(0)),
        last: format!("softmax({}, probabilities)", writer.place(program.logits)),
    };
    let size = Size { flash: writer.flash, ram: size_of::<f32>() * len };
    (writer.text(&frame), size)
}

fn write(writer: &mut Writer, step: &Step) {
    let name = &step.name;
    let [channels, rows, columns] = step.to;
    let of_channels = format!("{}, {channels}", rows * columns);
    let call = match &step.operation {
        Operation::Convolution(of) if of.is_scale_and_shift() => {
            writer.function(include_str!("float32/scale_and_shift.c"));
            let constants = two(writer, name, ["scale", "shift"], [&of.weight, &of.bias]);
            let settings = format!("{of_channels}, {}", u8::from(of.relu));
            Call { function: "scale_and_shift", settings, constants }
        }
        Operation::Convolution(of) => {
            writer.function(include_str!("float32/convolution.c"));
            writer.shape(shapes::convolution(step, of));
            let constants = two(writer, name, ["weight", "bias"], [&of.weight, &of.bias]);
            Call { function: "convolution", settings: format!("&{name}_shape"), constants }
        }
        Operation::MaxPool(windows) => {
            writer.function(include_str!("float32/max_pool.c"));
            Call { function: "max_pool", settings: writer.windows(step, windows), constants: vec![] }
        }
        Operation::MeanPool(windows) => {
            writer.function(include_str!("float32/mean_pool.c"));
            Call { function: "mean_pool", settings: writer.windows(step, windows), constants: vec![] }
        }
        Operation::GroupNorm(of) => {
            writer.function(include_str!("float32/group_norm.c"));
            let constants = two(writer, name, ["scale", "shift"], [&of.scale, &of.shift]);
            let settings = format!("{of_channels}, {}, {}", of.groups, float(of.eps));
            Call { function: "group_norm", settings, constants }
        }
        Operation::Curve(curve) => {
            let (function, text) = curves::function(*curve);
            writer.function(&text);
            writer.function(include_str!("float32/curve.c"));
            let settings = format!("{}, {function}", step.len());
            Call { function: "curve", settings, constants: vec![] }
        }
        Operation::Sum { relu } => {
            writer.function(include_str!("float32/sum.c"));
            let settings = format!("{}, {}", step.len(), u8::from(*relu));
            Call { function: "sum", settings, constants: vec![] }
        }
        Operation::Product => {
            writer.function(include_str!("float32/product.c"));
            Call { function: "product", settings: of_channels, constants: vec![] }
        }
    };
    writer.call(step, call);
}

/// Two arrays of floats under names that begin with a step's; gives the names.
fn two(writer: &mut Writer, step: &str, names: [&str; 2], values: [&[f32]; 2]) -> Vec<String> {
    let names = names.map(|name| format!("{step}_{name}"));
    names.iter().zip(values).for_each(|(name, values)| floats(writer, name, values));
    names.into()
}

fn floats(writer: &mut Writer, name: &str, values: &[f32]) {
    let texts = values.iter().map(|&value| float(value)).collect();
    writer.array("float", name, size_of::<f32>(), texts);
}
