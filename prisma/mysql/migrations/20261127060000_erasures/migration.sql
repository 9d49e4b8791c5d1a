-- AlterTable
ALTER TABLE `ModelVersion` ADD COLUMN `erasedThrough` INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE `TrainingRun` ADD COLUMN `erasedThrough` INTEGER NULL;

-- CreateTable
CREATE TABLE `Erasure` (
    `id` INTEGER NOT NULL,
    `userHash` CHAR(64) NOT NULL,
    `requestedAtMs` BIGINT NOT NULL,
    `eventsDeleted` INTEGER NOT NULL,
    `replicasConfirmed` INTEGER NOT NULL DEFAULT 0,
    `finishedAtMs` BIGINT NULL,

    INDEX `Erasure_finishedAtMs_idx`(`finishedAtMs`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `ErasedFile` (
    `erasureId` INTEGER NOT NULL,
    `key` VARCHAR(191) NOT NULL,
    `successor` VARCHAR(64) NULL,
    `deletedAtMs` BIGINT NULL,

    INDEX `ErasedFile_deletedAtMs_idx`(`deletedAtMs`),
    PRIMARY KEY (`erasureId`, `key`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateIndex
CREATE INDEX `ModelVersion_erasedThrough_idx` ON `ModelVersion`(`erasedThrough`);
