import tf from '@tensorflow/tfjs';

// The package is CommonJS and Node cannot see its export names, so it is imported as a whole.
export { tf as tensorflow };
