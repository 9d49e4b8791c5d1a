-- AlterTable
ALTER TABLE `ModelVersion` ADD COLUMN `filesDeletedAtMs` BIGINT NULL,
    ADD COLUMN `pinned` BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE `TrainingRun` ADD COLUMN `baseGeneration` INTEGER NULL,
    ADD COLUMN `priority` INTEGER NOT NULL DEFAULT 5;

-- CreateTable
CREATE TABLE `Activation` (
    `generation` INTEGER NOT NULL,
    `version` VARCHAR(64) NOT NULL,
    `previousVersion` VARCHAR(64) NULL,
    `activatedBy` VARCHAR(191) NOT NULL,
    `activatedAtMs` BIGINT NOT NULL,

    INDEX `Activation_version_idx`(`version`),
    PRIMARY KEY (`generation`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `ReplicaLease` (
    `replicaId` VARCHAR(64) NOT NULL,
    `version` VARCHAR(64) NOT NULL,
    `generation` INTEGER NOT NULL,
    `expiresAtMs` BIGINT NOT NULL,

    PRIMARY KEY (`replicaId`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `Schedule` (
    `name` VARCHAR(64) NOT NULL,
    `cron` VARCHAR(191) NOT NULL,
    `timeZone` VARCHAR(64) NOT NULL,
    `jitterSeconds` INTEGER NOT NULL,
    `priority` INTEGER NOT NULL,
    `request` LONGTEXT NOT NULL,
    `enabled` BOOLEAN NOT NULL,
    `createdAtMs` BIGINT NOT NULL,
    `updatedAtMs` BIGINT NOT NULL,
    `lastTickAtMs` BIGINT NULL,
    `lastRunId` VARCHAR(64) NULL,
    `lastError` LONGTEXT NULL,

    PRIMARY KEY (`name`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `QueueState` (
    `id` INTEGER NOT NULL,
    `paused` BOOLEAN NOT NULL,
    `changedAtMs` BIGINT NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateIndex
CREATE INDEX `ModelVersion_runId_idx` ON `ModelVersion`(`runId`);

-- CreateIndex
CREATE INDEX `TrainingRun_snapshotSha256_idx` ON `TrainingRun`(`snapshotSha256`);

-- What is active now is the first activation that is known.
INSERT INTO `Activation` (`generation`, `version`, `previousVersion`, `activatedBy`, `activatedAtMs`)
SELECT `generation`, `version`, NULL, `activatedBy`, `activatedAtMs` FROM `ActiveModel`;
