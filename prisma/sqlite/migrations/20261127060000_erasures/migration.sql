-- AlterTable
ALTER TABLE "ModelVersion" ADD COLUMN "erasedThrough" INTEGER NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "TrainingRun" ADD COLUMN "erasedThrough" INTEGER;

-- CreateTable
CREATE TABLE "Erasure" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "userHash" TEXT NOT NULL,
    "requestedAtMs" BIGINT NOT NULL,
    "eventsDeleted" INTEGER NOT NULL,
    "replicasConfirmed" INTEGER NOT NULL DEFAULT 0,
    "finishedAtMs" BIGINT
);

-- CreateTable
CREATE TABLE "ErasedFile" (
    "erasureId" INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    "successor" TEXT,
    "deletedAtMs" BIGINT,

    PRIMARY KEY ("erasureId", "key")
);

-- CreateIndex
CREATE INDEX "Erasure_finishedAtMs_idx" ON "Erasure"("finishedAtMs");

-- CreateIndex
CREATE INDEX "ErasedFile_deletedAtMs_idx" ON "ErasedFile"("deletedAtMs");

-- CreateIndex
CREATE INDEX "ModelVersion_erasedThrough_idx" ON "ModelVersion"("erasedThrough");
