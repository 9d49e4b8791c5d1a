// Compiles the kernels: each for plain SIMD, the same on every machine, and for relaxed SIMD with fused multiply-add.
import { mkdirSync } from 'node:fs';
import asc from 'assemblyscript/asc';

const MAX_PAGES = 65_536;
mkdirSync(new URL('./generated/', import.meta.url), { recursive: true });

for (const kernel of ['train', 'als', 'score']) {
  for (const build of ['simd', 'relaxed-simd']) {
    const features = [
      'simd',
      'threads',
      'bulk-memory',
      ...(build === 'relaxed-simd' ? ['relaxed-simd'] : []),
    ];
    const { error, stderr } = await asc.main(
      [
        `assembly/${kernel}.ts`,
        '--outFile',
        `generated/${kernel}.${build}.wasm`,
        '--baseDir',
        import.meta.dirname,
        '--runtime',
        'stub',
        '--disableWarning',
        '201',
        '-O3',
        '--noAssert',
        '--uncheckedBehavior',
        'always',
        '--importMemory',
        '--sharedMemory',
        '--initialMemory',
        '1',
        '--maximumMemory',
        String(MAX_PAGES),
        '--noExportMemory',
        ...features.flatMap((feature) => ['--enable', feature]),
      ],
      { stderr: process.stderr },
    );
    if (error !== null) {
      console.error(`${kernel} (${build}): ${error.message}`);
      process.exit(1);
    }
    void stderr;
  }
}
