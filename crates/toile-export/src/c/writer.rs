//! A source file that grows step by step, the same for all kinds of numbers.

use std::fmt::Display;

use toile_device::memory::{self, Memory};
use toile_device::program::{Program, Step, TensorId, Windows};

use super::header::POINTER;
use super::shapes::{self, Shape};
use super::text::array;
use super::types;

/// What is written so far.
pub(super) struct Writer {
    pub(super) memory: Memory,
    /// The functions that are called, each once.
    functions: Vec<String>,
    constants: String,
    calls: String,
    /// Bytes of the constants.
    pub(super) flash: usize,
}

/// A call that reads a step's inputs and writes its output.
pub(super) struct Call<'a> {
    pub(super) function: &'a str,
    /// What comes before the inputs.
    pub(super) settings: String,
    /// What comes between inputs and output.
    pub(super) constants: Vec<String>,
}

/// The first call and the last one, and the memory between all of them.
pub(super) struct Frame {
    /// Definitions of what lies between the steps.
    pub(super) memory: String,
    pub(super) first: String,
    pub(super) last: String,
}

impl Writer {
    pub(super) fn new(program: &Program) -> Writer {
        let memory = memory::plan(program);
        let (constants, calls) = (String::new(), String::new());
        Writer { memory, functions: Vec::new(), constants, calls, flash: 0 }
    }

    /// The source behind the names of the classes.
    pub(super) fn text(self, frame: &Frame) -> String {
        let Frame { memory, first, last } = frame;
        format!(
            "/* The constants. */\n\n{types}{constants}\n\
             /* What lies between the steps: tensors whose times do not meet share their places. */\n\
             {memory}\n{functions}\n\
             int toile_predict(const uint8_t *image, float *probabilities)\n{{\n    \
             {first};\n{calls}    return {last};\n}}\n",
            types = types::of(&self.constants),
            constants = self.constants,
            functions = self.functions.join("\n"),
            calls = self.calls,
        )
    }

    pub(super) fn call(&mut self, step: &Step, call: Call<'_>) {
        let inputs = step.inputs.iter().map(|&input| self.place(input));
        let output = self.place(step.output);
        let arguments: Vec<String> =
            [call.settings].into_iter().chain(inputs).chain(call.constants).chain([output]).collect();
        self.line(step, &format!("{}({})", call.function, arguments.join(", ")));
    }

    /// A step's statement.
    pub(super) fn line(&mut self, step: &Step, statement: &str) {
        let [from, to] = [step.from, step.to].map(|[c, h, w]| format!("{c}x{h}x{w}"));
        self.calls += &format!("    /* {}: {from} to {to} */\n    {statement};\n", step.name);
    }

    /// A statement behind those of the steps.
    pub(super) fn end(&mut self, statement: &str) {
        self.calls += &format!("    {statement};\n");
    }

    /// Appends the shape of a pooling; gives what its function is told first.
    pub(super) fn windows(&mut self, step: &Step, windows: &Windows) -> String {
        self.shape(shapes::windows(step, windows));
        format!("&{}_shape", step.name)
    }

    /// Where a tensor begins.
    pub(super) fn place(&self, tensor: TensorId) -> String {
        format!("memory + {}", self.memory.places[&tensor])
    }

    pub(super) fn function(&mut self, text: &str) {
        if !self.functions.iter().any(|known| known == text) {
            self.functions.push(text.to_owned());
        }
    }

    pub(super) fn shape(&mut self, Shape { text, bytes }: Shape) {
        self.constants += &text;
        self.flash += bytes;
    }

    /// What the function of a step is told of its numbers: so many in 32 bits behind the names of these arrays. Gives what the
    /// function is told.
    pub(super) fn values(&mut self, kind: &str, step: &str, arrays: &[String], numbers: &[i32]) -> String {
        let name = format!("{step}_values");
        let numbers_of = numbers.iter().map(ToString::to_string);
        let all: Vec<String> = arrays.iter().cloned().chain(numbers_of).collect();
        self.constants += &format!("static const {kind} {name} = {{ {} }};\n", all.join(", "));
        self.flash += POINTER * arrays.len() + size_of_val(numbers);
        format!("&{name}")
    }

    /// A constant array, whose values take so many bytes each.
    pub(super) fn array<T: Display>(&mut self, kind: &str, name: &str, bytes: usize, values: Vec<T>) {
        self.flash += bytes * values.len();
        self.constants += &array(kind, name, values);
    }
}
