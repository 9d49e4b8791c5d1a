-- AlterTable
ALTER TABLE `TrainingRun` ADD COLUMN `traceparent` VARCHAR(64) NULL;
