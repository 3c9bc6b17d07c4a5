//! A program in whole numbers: its constants, its functions, and the calls one after the other.

use toile_device::int8::quantization::Multiplier;
use toile_device::int8::{Convolution, Integer, Integers, POWERS};
use toile_device::program::{Operation, Step};

use super::writer::{Call, Frame, Writer};
use super::{Size, shapes};

/// The source behind the names of the classes.
pub(super) fn body(of: &Integers) -> (String, Size) {
    let program = &of.program;
    let mut writer = Writer::new(program);
    writer.array("int8_t", "image_bytes", 1, of.image.concat());
    let unsigned = |values: &[u32]| values.iter().map(|value| format!("{value}u")).collect();
    writer.array("uint32_t", "powers", 4, unsigned(&POWERS.whole));
    writer.array("uint32_t", "parts_of_powers", 4, unsigned(&POWERS.parts));
    writer.function(include_str!("int8/quantize.c"));
    for (step, integer) in program.steps.iter().zip(&of.steps) {
        write(&mut writer, step, integer);
    }
    if let Some(table) = &of.logits {
        writer.array("int32_t", "logits_table", 4, table.to_vec());
        writer.function(include_str!("int8/logits_of_bytes.c"));
        let place = writer.place(program.logits);
        writer.end(&format!("logits_of_bytes(logits_table, {place})"));
    }
    writer.function(include_str!("int8/softmax.c"));
    let len = writer.memory.len;
    let frame = Frame {
        memory: format!("static int8_t memory[{len}];\nstatic int32_t logits[TOILE_CLASSES];\n"),
        first: format!("quantize(image, {})", writer.place(0)),
        last: "softmax(probabilities)".into(),
    };
    let size = Size { flash: writer.flash, ram: len + size_of::<i32>() * program.classes };
    (writer.text(&frame), size)
}

fn write(writer: &mut Writer, step: &Step, integer: &Integer) {
    let name = &step.name;
    let [channels, rows, columns] = step.to;
    match integer {
        Integer::Convolution(_)
        | Integer::Sum { .. }
        | Integer::MeanPool { .. }
        | Integer::Product { .. } => {
            writer.function(include_str!("int8/rounded.c"));
            writer.function(include_str!("int8/saturated.c"));
        }
        Integer::MaxPool | Integer::Curve(_) => {}
    }
    let call = match (integer, &step.operation) {
        (Integer::Convolution(with), Operation::Convolution(of)) => {
            writer.shape(shapes::convolution(step, of));
            return convolution(writer, step, with);
        }
        (Integer::MeanPool { from_zero, to_zero, multiplier }, Operation::MeanPool(windows)) => {
            writer.function(include_str!("int8/mean_pool.c"));
            let Multiplier { factor, shift } = multiplier;
            let shape = writer.windows(step, windows);
            let settings = format!("{shape}, {from_zero}, {factor}, {shift}, {to_zero}");
            Call { function: "mean_pool", settings, constants: vec![] }
        }
        (Integer::MaxPool, Operation::MaxPool(windows)) => {
            writer.function(include_str!("int8/max_pool.c"));
            Call { function: "max_pool", settings: writer.windows(step, windows), constants: vec![] }
        }
        (Integer::Curve(table), _) => {
            writer.function(include_str!("int8/curve.c"));
            writer.array("int8_t", &format!("{name}_table"), 1, table.to_vec());
            let settings = format!("{}, {name}_table", step.len());
            Call { function: "curve", settings, constants: vec![] }
        }
        (Integer::Sum { from_zeros: [a, b], multipliers: [of_a, of_b], to_zero, low }, _) => {
            writer.function(include_str!("int8/sum.c"));
            let numbers = [*a, of_a.factor, *b, of_b.factor, of_a.shift as i32, *to_zero, *low];
            let values = writer.values("sum_values", name, &[], &numbers);
            Call { function: "sum", settings: format!("{}, {values}", step.len()), constants: vec![] }
        }
        (Integer::Product { from_zeros: [x, zero], multiplier, to_zero }, _) => {
            writer.function(include_str!("int8/product.c"));
            let numbers = [*x, *zero, multiplier.factor, multiplier.shift as i32, *to_zero];
            let values = writer.values("product_values", name, &[], &numbers);
            let settings = format!("{}, {channels}, {values}", rows * columns);
            Call { function: "product", settings, constants: vec![] }
        }
        _ => unreachable!("{name}: the integers are of another program"),
    };
    writer.call(step, call);
}

fn convolution(writer: &mut Writer, step: &Step, with: &Convolution) {
    let name = &step.name;
    writer.function(include_str!("int8/convolution_sum.c"));
    writer.array("int8_t", &format!("{name}_weight"), 1, with.weight.clone());
    writer.array("int32_t", &format!("{name}_bias"), 4, with.bias.clone());
    let factors = with.multipliers.iter().map(|multiplier| multiplier.factor).collect();
    writer.array("int32_t", &format!("{name}_factors"), 4, factors);
    let shifts = with.multipliers.iter().map(|multiplier| multiplier.shift).collect();
    writer.array("uint8_t", &format!("{name}_shifts"), 1, shifts);
    let arrays = ["weight", "bias", "factors", "shifts"].map(|array| format!("{name}_{array}"));
    let [to_zero, low] = with.to.unwrap_or([0, 0]);
    let values = writer.values("convolution_values", name, &arrays, &[with.from_zero, to_zero, low]);
    let values = format!("&{name}_shape, {values}");
    if with.to.is_some() {
        writer.function(include_str!("int8/convolution.c"));
        writer.call(step, Call { function: "convolution", settings: values, constants: vec![] });
    } else {
        writer.function(include_str!("int8/logits_of_sums.c"));
        let statement = format!("logits_of_sums({values}, {})", writer.place(step.inputs[0]));
        writer.line(step, &statement);
    }
}
