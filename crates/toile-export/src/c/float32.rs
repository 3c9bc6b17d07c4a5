//! A program in 32 bit floats: its constants, its functions, and the calls one after the other.

use toile_device::memory::{self, Memory};
use toile_device::program::{self, Curve, Operation, Program, Step, TensorId, Windows};
use toile_study::trained::Trained;

use super::Size;
use super::curves;
use super::shapes;
use super::text::{array, float};

/// What is written so far.
struct Writer {
    memory: Memory,
    /// The functions that are called, each once.
    functions: Vec<String>,
    constants: String,
    calls: String,
    flash: usize,
}

/// A call that reads a step's inputs and writes its output.
struct Call<'a> {
    function: &'a str,
    /// What comes before the inputs.
    settings: String,
    /// What comes between inputs and output.
    constants: Vec<String>,
}

/// The source behind the names of the classes.
pub(super) fn body(trained: &Trained) -> (String, Size) {
    let program = program::lower(&trained.network, &trained.weights);
    let memory = memory::plan(&program);
    let ram = size_of::<f32>() * memory.len;
    let (constants, calls) = (String::new(), String::new());
    let mut writer = Writer { memory, functions: Vec::new(), constants, calls, flash: 0 };
    writer.floats("mean", &trained.normalization.mean);
    writer.floats("deviation", &trained.normalization.std);
    for step in &program.steps {
        writer.step(step);
    }
    let size = Size { flash: writer.flash, ram };
    (writer.text(&program), size)
}

impl Writer {
    fn text(mut self, program: &Program) -> String {
        self.function(include_str!("float32/normalize.c"));
        self.function(include_str!("float32/softmax.c"));
        format!(
            "/* The constants. */\n\n{shapes}{constants}\n\
             /* What lies between the steps: tensors whose times do not meet share their places. */\n\
             static float memory[{len}];\n\n{functions}\n\
             int toile_predict(const uint8_t *image, float *probabilities)\n{{\n    \
             normalize(image, {image});\n{calls}    return softmax({logits}, probabilities);\n}}\n",
            shapes = shapes::types(&self.constants),
            constants = self.constants,
            functions = self.functions.join("\n"),
            len = self.memory.len,
            image = self.place(0),
            calls = self.calls,
            logits = self.place(program.logits),
        )
    }

    fn step(&mut self, step: &Step) {
        let name = &step.name;
        let [channels, rows, columns] = step.to;
        let of_channels = format!("{}, {channels}", rows * columns);
        match &step.operation {
            Operation::Convolution(of) if of.is_scale_and_shift() => {
                let constants = self.two(name, ["scale", "shift"], [&of.weight, &of.bias]);
                let settings = format!("{of_channels}, {}", u8::from(of.relu));
                self.function(include_str!("float32/scale_and_shift.c"));
                self.call(step, Call { function: "scale_and_shift", settings, constants });
            }
            Operation::Convolution(of) => {
                self.shape(shapes::convolution(step, of));
                let constants = self.two(name, ["weight", "bias"], [&of.weight, &of.bias]);
                self.function(include_str!("float32/convolution.c"));
                self.call(
                    step,
                    Call { function: "convolution", settings: format!("&{name}_shape"), constants },
                );
            }
            Operation::MaxPool(windows) => {
                self.function(include_str!("float32/max_pool.c"));
                self.pool(step, windows, "max_pool");
            }
            Operation::MeanPool(windows) => {
                self.function(include_str!("float32/mean_pool.c"));
                self.pool(step, windows, "mean_pool");
            }
            Operation::GroupNorm(of) => {
                let constants = self.two(name, ["scale", "shift"], [&of.scale, &of.shift]);
                let settings = format!("{of_channels}, {}, {}", of.groups, float(of.eps));
                self.function(include_str!("float32/group_norm.c"));
                self.call(step, Call { function: "group_norm", settings, constants });
            }
            Operation::Curve(curve) => self.curve(step, *curve),
            Operation::Sum { relu } => {
                let settings = format!("{}, {}", step.len(), u8::from(*relu));
                self.function(include_str!("float32/sum.c"));
                self.call(step, Call { function: "sum", settings, constants: vec![] });
            }
            Operation::Product => {
                self.function(include_str!("float32/product.c"));
                self.call(step, Call { function: "product", settings: of_channels, constants: vec![] });
            }
        }
    }

    fn pool(&mut self, step: &Step, windows: &Windows, function: &str) {
        self.shape(shapes::windows(step, windows));
        let settings = format!("&{}_shape", step.name);
        self.call(step, Call { function, settings, constants: vec![] });
    }

    fn curve(&mut self, step: &Step, curve: Curve) {
        let (function, text) = curves::function(curve);
        self.function(&text);
        self.function(include_str!("float32/curve.c"));
        let settings = format!("{}, {function}", step.len());
        self.call(step, Call { function: "curve", settings, constants: vec![] });
    }

    fn call(&mut self, step: &Step, call: Call<'_>) {
        let inputs = step.inputs.iter().map(|&input| self.place(input));
        let output = self.place(step.output);
        let arguments: Vec<String> =
            [call.settings].into_iter().chain(inputs).chain(call.constants).chain([output]).collect();
        let [from, to] = [step.from, step.to].map(|[c, h, w]| format!("{c}x{h}x{w}"));
        self.calls += &format!("    /* {}: {from} to {to} */\n", step.name);
        self.calls += &format!("    {}({});\n", call.function, arguments.join(", "));
    }

    /// Where a tensor begins.
    fn place(&self, tensor: TensorId) -> String {
        format!("memory + {}", self.memory.places[&tensor])
    }

    fn function(&mut self, text: &str) {
        if !self.functions.iter().any(|known| known == text) {
            self.functions.push(text.to_owned());
        }
    }

    fn shape(&mut self, shapes::Shape { text, bytes }: shapes::Shape) {
        self.constants += &text;
        self.flash += bytes;
    }

    /// Two arrays of floats under names that begin with a step's; gives the names.
    fn two(&mut self, step: &str, names: [&str; 2], values: [&[f32]; 2]) -> Vec<String> {
        let names = names.map(|name| format!("{step}_{name}"));
        names.iter().zip(values).for_each(|(name, values)| self.floats(name, values));
        names.into()
    }

    fn floats(&mut self, name: &str, values: &[f32]) {
        self.constants += &array("float", name, values.iter().map(|&value| float(value)));
        self.flash += size_of_val(values);
    }
}
