-- AlterTable
ALTER TABLE "TrainingRun" ADD COLUMN "kind" TEXT NOT NULL DEFAULT 'train';
ALTER TABLE "TrainingRun" ADD COLUMN "verifies" TEXT;
ALTER TABLE "TrainingRun" ADD COLUMN "verification" TEXT;
