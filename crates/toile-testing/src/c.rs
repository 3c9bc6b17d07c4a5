//! Networks that were exported as C, compiled as strictly as compilers can and run on images under sanitizers.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;

/// Reads images from its input; writes the class and the probabilities of each.
const MAIN: &str = r#"
#include <stdio.h>

int main(void)
{
    static uint8_t image[TOILE_CHANNELS * TOILE_HEIGHT * TOILE_WIDTH];
    while (fread(image, sizeof image, 1, stdin) == 1) {
        float probabilities[TOILE_CLASSES];
        const int32_t class = toile_predict(image, probabilities);
        if (toile_class_names[class][0] == 0) return 1;
        fwrite(&class, sizeof class, 1, stdout);
        fwrite(probabilities, sizeof probabilities, 1, stdout);
    }
    return 0;
}
"#;

/// A dialect, and every warning an error.
const STRICT: [&str; 6] = ["-std=c99", "-Wall", "-Wextra", "-Wconversion", "-Werror", "-pedantic"];
const WATCHED: [&str; 2] = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all"];

/// What a program says of this input, which has to end well.
#[track_caller]
fn done(command: &mut Command, input: &[u8]) -> Vec<u8> {
    let piped = Stdio::piped;
    let child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn();
    let mut child = child.expect("the program starts");
    let mut to = child.stdin.take().expect("it has an input");
    // It answers before it has read all.
    let output = thread::scope(|scope| {
        scope.spawn(move || to.write_all(input));
        child.wait_with_output().expect("it ends")
    });
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// What the network in `name.c` and `name.h` of a folder makes of images, `[image][row][column][channel]`: (class,
/// probabilities) of each.
#[track_caller]
pub fn answers(folder: &Path, name: &str, classes: usize, pixels: &[u8]) -> Vec<(usize, Vec<f32>)> {
    let (main, program) = (format!("{name}_main.c"), format!("{name}_main"));
    let text = format!("#include \"{name}.h\"\n{MAIN}");
    fs::write(folder.join(&main), text).expect("there is room for a program");
    // The compiler that links Rust's own programs.
    let mut compiler = Command::new("cc");
    compiler.args(STRICT).arg("-O1").args(WATCHED);
    done(compiler.args([&main, &format!("{name}.c"), "-o", &program, "-lm"]).current_dir(folder), &[]);
    let said = done(&mut Command::new(folder.join(&program)), pixels);
    let number = |bytes: &[u8]| <[u8; 4]>::try_from(bytes).expect("four bytes");
    let values = |row: &[u8]| row.chunks_exact(4).map(|value| f32::from_le_bytes(number(value))).collect();
    let row = |row: &[u8]| (u32::from_le_bytes(number(&row[..4])) as usize, values(&row[4..]));
    said.chunks_exact(4 + 4 * classes).map(row).collect()
}

/// What an object file takes of a device, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Object {
    /// Constants that have names, which texts have not.
    pub constants: usize,
    /// Memory that starts as zeros.
    pub zeros: usize,
    /// Memory that starts as something else, for which a device has to have both memory and flash.
    pub started: usize,
}

/// What `name.c` of a folder takes as it is written, before a compiler makes less of it; `None` where the programs `size` and
/// `nm` are not there. Constants and memory are counted one by one, so that the space between them does not count.
#[track_caller]
pub fn object(folder: &Path, name: &str) -> Option<Object> {
    for program in ["size", "nm"] {
        Command::new(program).arg("--version").output().ok()?;
    }
    let file = format!("{name}.o");
    let mut compiler = Command::new("cc");
    done(
        compiler.args(STRICT).args(["-O0", "-c", &format!("{name}.c"), "-o", &file]).current_dir(folder),
        &[],
    );
    let table = |program: &str, options: &[&str]| {
        let said = done(Command::new(program).args(options).arg(&file).current_dir(folder), &[]);
        String::from_utf8(said).expect("a table of text")
    };
    // Name and bytes of each section.
    let sections = table("size", &["-A", "-d"]);
    let of_section = |start: &str| -> usize {
        let bytes = |line: &str| line.split_whitespace().nth(1)?.parse::<usize>().ok();
        sections.lines().filter(|line| line.starts_with(start)).filter_map(bytes).sum()
    };
    // Address, bytes, kind and name of each symbol.
    let symbols = table("nm", &["-S", "-t", "d"]);
    let of_kinds = |kinds: &str| -> usize {
        let symbols = symbols.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let bytes = |words: Vec<&str>| match words[..] {
            [_, bytes, kind, _] if kinds.contains(kind) => bytes.parse::<usize>().ok(),
            _ => None,
        };
        symbols.filter_map(bytes).sum()
    };
    let started = of_section(".data ");
    Some(Object { constants: of_kinds("rRdD") - started, zeros: of_kinds("bBC"), started })
}
