/** Stops what the set-up has started; servers of the user's own are left alone. */
export default async function tearDown(): Promise<void> {
  const running = globalThis.sommelierTestServices?.splice(0) ?? [];
  await Promise.all(running.map((service) => service.stop()));
}
