//! `multi-throttler-bindgen INPUT.wasm FOLDER` writes the module and its glue for the web.
//! `--version` prints the version of wasm-bindgen.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [flag] if flag == "--version" => {
            println!(concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")));
            ExitCode::SUCCESS
        }
        [input, folder] => bind(input, folder),
        _ => {
            eprintln!("usage: multi-throttler-bindgen INPUT.wasm FOLDER");
            ExitCode::FAILURE
        }
    }
}

fn bind(input: &str, folder: &str) -> ExitCode {
    let mut bindgen = Bindgen::new();
    // The default path is a URL beside the file, which bundlers try to follow; here bytes are
    // inlined.
    bindgen.input_path(input).typescript(true).omit_default_module_path(true);
    match bindgen.web(true).and_then(|bindgen| bindgen.generate(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("multi-throttler-bindgen: {error:?}");
            ExitCode::FAILURE
        }
    }
}
