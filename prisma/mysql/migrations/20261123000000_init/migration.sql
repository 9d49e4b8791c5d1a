-- Ids are opaque and case-sensitive, so every table compares text by its bytes. Prisma knows no collations: keep
-- `COLLATE utf8mb4_bin` when you add a table or a text column here.

-- CreateTable
CREATE TABLE `Event` (
    `id` BIGINT NOT NULL AUTO_INCREMENT,
    `key` BINARY(16) NOT NULL,
    `timestampMs` BIGINT NOT NULL,
    `userId` VARCHAR(64) NOT NULL,
    `itemId` VARCHAR(64) NOT NULL,
    `type` VARCHAR(32) NOT NULL,
    `transactionId` VARCHAR(64) NULL,

    UNIQUE INDEX `Event_key_key`(`key`),
    INDEX `Event_timestampMs_idx`(`timestampMs`),
    INDEX `Event_userId_timestampMs_idx`(`userId`, `timestampMs`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `Change` (
    `id` BIGINT NOT NULL AUTO_INCREMENT,
    `kind` VARCHAR(32) NOT NULL,
    `subject` VARCHAR(64) NOT NULL,
    `atMs` BIGINT NOT NULL,

    INDEX `Change_atMs_idx`(`atMs`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `Item` (
    `id` VARCHAR(64) NOT NULL,
    `categoryId` VARCHAR(64) NULL,
    `available` BOOLEAN NOT NULL,
    `price` DOUBLE NULL,
    `properties` LONGTEXT NULL,
    `updatedAtMs` BIGINT NOT NULL,

    INDEX `Item_categoryId_idx`(`categoryId`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `Category` (
    `id` VARCHAR(64) NOT NULL,
    `parentId` VARCHAR(64) NULL,

    INDEX `Category_parentId_idx`(`parentId`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `ModelVersion` (
    `version` VARCHAR(64) NOT NULL,
    `runId` VARCHAR(64) NOT NULL,
    `status` VARCHAR(16) NOT NULL,
    `manifest` LONGTEXT NOT NULL,
    `createdAtMs` BIGINT NOT NULL,

    INDEX `ModelVersion_createdAtMs_idx`(`createdAtMs`),
    PRIMARY KEY (`version`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `ActiveModel` (
    `id` INTEGER NOT NULL,
    `generation` INTEGER NOT NULL,
    `version` VARCHAR(64) NOT NULL,
    `activatedBy` VARCHAR(191) NOT NULL,
    `activatedAtMs` BIGINT NOT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;

-- CreateTable
CREATE TABLE `TrainingRun` (
    `id` VARCHAR(64) NOT NULL,
    `status` VARCHAR(16) NOT NULL,
    `stage` VARCHAR(16) NULL,
    `progress` LONGTEXT NULL,
    `request` LONGTEXT NOT NULL,
    `funnel` LONGTEXT NULL,
    `metrics` LONGTEXT NULL,
    `error` LONGTEXT NULL,
    `timings` LONGTEXT NULL,
    `requestHash` CHAR(64) NOT NULL,
    `queuedKey` CHAR(64) NULL,
    `modelVersion` VARCHAR(64) NULL,
    `snapshotSha256` CHAR(64) NULL,
    `attempts` INTEGER NOT NULL DEFAULT 0,
    `createdAtMs` BIGINT NOT NULL,
    `startedAtMs` BIGINT NULL,
    `finishedAtMs` BIGINT NULL,

    UNIQUE INDEX `TrainingRun_queuedKey_key`(`queuedKey`),
    INDEX `TrainingRun_createdAtMs_idx`(`createdAtMs`),
    INDEX `TrainingRun_status_createdAtMs_idx`(`status`, `createdAtMs`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
