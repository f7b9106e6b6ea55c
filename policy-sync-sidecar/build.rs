//! Takes the status page's chart library from where `setup/status-page` has put it. It is not in the
//! repository; its version and its checksum stand in `page/package-lock.json`.

use std::path::Path;

/// Below the root of the workspace.
const LIBRARY: &str = ".tools/status-page/node_modules/uplot";
const FILES: [&str; 3] = ["dist/uPlot.iife.min.js", "dist/uPlot.min.css", "LICENSE"];

fn main() {
    let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"));
    let out = variable("OUT_DIR");
    let library = Path::new(&variable("CARGO_MANIFEST_DIR")).join("..").join(LIBRARY);
    println!("cargo::rerun-if-changed=build.rs");
    for file in FILES {
        let from = library.join(file);
        println!("cargo::rerun-if-changed={}", from.display());
        let name = Path::new(file).file_name().unwrap_or_default();
        if let Err(e) = std::fs::copy(&from, Path::new(&out).join(name)) {
            println!("cargo::error={LIBRARY}/{file}: {e}");
            println!("cargo::error=the status page's chart library is missing: run `setup/status-page`");
            return;
        }
    }
}
