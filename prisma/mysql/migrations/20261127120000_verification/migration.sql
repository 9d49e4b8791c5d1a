-- AlterTable
ALTER TABLE `TrainingRun` ADD COLUMN `kind` VARCHAR(16) NOT NULL DEFAULT 'train',
    ADD COLUMN `verification` LONGTEXT NULL,
    ADD COLUMN `verifies` VARCHAR(64) NULL;
