import fc from "fast-check";

// Random tests draw the same values in every run, so that a failure can be repeated; another seed comes from the
// environment.
fc.configureGlobal({ seed: Number(process.env["FORMWORK_SEED"] ?? 20260) });
