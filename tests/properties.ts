import fc from 'fast-check';

// Every run tries the properties on the same values, so that a failure belongs to the change that brought
// it; another FAST_CHECK_SEED looks elsewhere.
fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 1) });
