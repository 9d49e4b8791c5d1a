// NeuMF's training in float64, one pair at a time, with gradients by central differences: slow, and independent of
// every engine. What it is given are named tensors in the layout of the model file.

const DIFFERENCE = 1e-5;

/** Equation 12 of He et al. (2017). `at(name, index)` reads a tensor. */
function logit(at, { factors, layers }, user, item) {
  let sum = at('output.bias', 0);
  for (let k = 0; k < factors; k++) {
    sum += at('output.weight', k) * at('user_gmf', user * factors + k) * at('item_gmf', item * factors + k);
  }
  const width = (layers[0] ?? 0) / 2;
  let tower = Array.from({ length: 2 * width }, (_, k) =>
    k < width ? at('user_mlp', user * width + k) : at('item_mlp', item * width + k - width),
  );
  layers.slice(1).forEach((outputs, layer) => {
    const inputs = tower;
    tower = Array.from({ length: outputs }, (_, row) => {
      let value = at(`mlp.${layer}.bias`, row);
      inputs.forEach((input, column) => {
        value += input * at(`mlp.${layer}.weight`, row * inputs.length + column);
      });
      return Math.max(0, value);
    });
  });
  tower.forEach((value, k) => {
    sum += value * at('output.weight', factors + k);
  });
  return sum;
}

/** Mean over the batch of weight x softplus(sign x logit). */
function meanLoss(tensors, model, batch) {
  const at = (name, index) => tensors.get(name)[index];
  let sum = 0;
  for (let sample = 0; sample < batch.size; sample++) {
    const user = batch.userRows[batch.userSlots[sample]];
    const item = batch.itemRows[batch.itemSlots[sample]];
    sum += batch.weights[sample] * Math.log1p(Math.exp(batch.signs[sample] * logit(at, model, user, item)));
  }
  return sum / batch.size;
}

/** Whether the batch touches the row of that number; dense tensors are always touched. */
function isTouched(name, index, { factors, layers }, batch) {
  const width = name.endsWith('_gmf') ? factors : (layers[0] ?? 0) / 2;
  const row = Math.floor(index / width);
  if (name.startsWith('user_')) return batch.userRows.includes(row);
  if (name.startsWith('item_')) return batch.itemRows.includes(row);
  return true;
}

/**
 * Lazy Adam as the design states it: one update for each touched row, the global step in the bias correction, epsilon
 * before it, L2 on weights and touched rows but not on biases.
 * @param start named tensors; @param batches of which every list stays valid
 * @returns the tensors after the batches, by name
 */
export function referenceTraining(start, model, batches, { learningRate, l2 }) {
  const tensors = new Map(start.map(([name, values]) => [name, Float64Array.from(values)]));
  const zeros = () => new Map(start.map(([name, values]) => [name, new Float64Array(values.length)]));
  const [first, second] = [zeros(), zeros()];
  batches.forEach((batch, index) => {
    const step = index + 1;
    const size = (learningRate * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
    const gradients = differences(tensors, model, batch);
    for (const { name, at, slope } of gradients) {
      const values = tensors.get(name);
      const g = slope + (name.endsWith('bias') ? 0 : l2 * values[at]);
      const m = 0.9 * first.get(name)[at] + 0.1 * g;
      const v = 0.999 * second.get(name)[at] + 0.001 * g * g;
      first.get(name)[at] = m;
      second.get(name)[at] = v;
      values[at] -= (size * m) / (Math.sqrt(v) + 1e-8);
    }
  });
  return tensors;
}

/** The gradient of every number that the batch touches, all taken before any of them moves. */
function differences(tensors, model, batch) {
  const gradients = [];
  for (const [name, values] of tensors) {
    for (let at = 0; at < values.length; at++) {
      if (!isTouched(name, at, model, batch)) continue;
      const original = values[at];
      values[at] = original + DIFFERENCE;
      const above = meanLoss(tensors, model, batch);
      values[at] = original - DIFFERENCE;
      const below = meanLoss(tensors, model, batch);
      values[at] = original;
      gradients.push({ name, at, slope: (above - below) / (2 * DIFFERENCE) });
    }
  }
  return gradients;
}
