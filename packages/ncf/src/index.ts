export { collectGarbage, RetiredMemory } from '@sommelier/kernel/memory';
export { checkData, type DataCheckWork } from './data-checks/check-data.ts';
export { preparationFinding } from './data-checks/preparation-finding.ts';
export {
  type DenseLayer,
  mlpEmbeddingWidth,
  mlpOutputWidth,
  type NeuMFParameters,
  type NeuMFShape,
} from './engine/neumf-parameters.ts';
export type { ItemToItem } from './item-to-item/item-to-item.ts';
export { type History, itemsOfUser } from './model-file/history.ts';
export { IdTable, idTableFrom } from './model-file/id-table.ts';
export { componentsOf, type Model, modelFrom } from './model-file/model.ts';
export {
  decodeModelFile,
  encodeModelFile,
  MODEL_FILE_NAME,
  readItemIds,
  viewModelFile,
} from './model-file/model-codec.ts';
export { checkProbes, makeProbes } from './model-file/probes.ts';
export { decodeSnapshot, encodeSnapshot, type Snapshot } from './model-file/snapshot.ts';
export {
  describeModelFile,
  KNOWN_COMPONENTS,
  sha256Hex,
  type VerifiedManifest,
  verifyModelFile,
} from './model-file/verify-model.ts';
export {
  type Contribution,
  itemContributions,
  MAX_CARRIERS,
  MAX_EXPLAINING_ITEMS,
} from './personalization/contributions.ts';
export { foldInOptionsOf } from './personalization/fold-in-options.ts';
export {
  createPersonalizer,
  type FoldedIn,
  PERSONALIZER_DEFAULTS,
  type Personalization,
  type PersonalizeRequest,
  type Personalizer,
  type PersonalizerOptions,
} from './personalization/personalizer.ts';
export { type PersonalizerTables, personalizerTables } from './personalization/personalizer-tables.ts';
export type { PersonalEvent } from './personalization/recent-events.ts';
export { type SimilarItem, similarItems } from './personalization/similar-items.ts';
export type { EventColumns, EventPage } from './preparation/event-columns.ts';
export { EventColumnsBuilder } from './preparation/event-columns-builder.ts';
export type { Interactions } from './preparation/interactions.ts';
export { type PreparedEvents, type PrepareOptions, prepare } from './preparation/prepare.ts';
export { compareUtf8 } from './preparation/utf8-order.ts';
export { type EventWindow, windowOf } from './preparation/window.ts';
export { hash32, normal, permutation, uniform, uniformInt } from './random/counter-random.ts';
export { countBits, eligibleBits, isSet } from './ranking/eligible-bits.ts';
export {
  createExactRanker,
  type ExactRanker,
  type ExactRankerOptions,
  type RankRequest,
} from './ranking/exact-ranker.ts';
export type { ItemEvidence } from './ranking/item-evidence.ts';
export { createItemScorer, type ItemScorer } from './ranking/item-scorer.ts';
export { adoptPopularityOrder, popularityOrder, popularRankOf, topPopular } from './ranking/popularity.ts';
export { createScanMemory, type ScanMemory, type ScanMemoryOptions } from './ranking/scan-model.ts';
export { createScorer, type Scorer } from './ranking/scorer.ts';
export { type RankedItem, topN, topNForUser } from './ranking/top-n.ts';
export { type UserEmbedding, userEmbedding } from './ranking/user-embedding.ts';
