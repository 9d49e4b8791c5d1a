-- AlterTable
ALTER TABLE "ModelVersion" ADD COLUMN "pinned" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "ModelVersion" ADD COLUMN "filesDeletedAtMs" BIGINT;

-- AlterTable
ALTER TABLE "TrainingRun" ADD COLUMN "priority" INTEGER NOT NULL DEFAULT 5;
ALTER TABLE "TrainingRun" ADD COLUMN "baseGeneration" INTEGER;

-- CreateTable
CREATE TABLE "Activation" (
    "generation" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "version" TEXT NOT NULL,
    "previousVersion" TEXT,
    "activatedBy" TEXT NOT NULL,
    "activatedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "ReplicaLease" (
    "replicaId" TEXT NOT NULL PRIMARY KEY,
    "version" TEXT NOT NULL,
    "generation" INTEGER NOT NULL,
    "expiresAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Schedule" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "cron" TEXT NOT NULL,
    "timeZone" TEXT NOT NULL,
    "jitterSeconds" INTEGER NOT NULL,
    "priority" INTEGER NOT NULL,
    "request" TEXT NOT NULL,
    "enabled" BOOLEAN NOT NULL,
    "createdAtMs" BIGINT NOT NULL,
    "updatedAtMs" BIGINT NOT NULL,
    "lastTickAtMs" BIGINT,
    "lastRunId" TEXT,
    "lastError" TEXT
);

-- CreateTable
CREATE TABLE "QueueState" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "paused" BOOLEAN NOT NULL,
    "changedAtMs" BIGINT NOT NULL
);

-- CreateIndex
CREATE INDEX "Activation_version_idx" ON "Activation"("version");

-- CreateIndex
CREATE INDEX "ModelVersion_runId_idx" ON "ModelVersion"("runId");

-- CreateIndex
CREATE INDEX "TrainingRun_snapshotSha256_idx" ON "TrainingRun"("snapshotSha256");

-- What is active now is the first activation that is known.
INSERT INTO "Activation" ("generation", "version", "previousVersion", "activatedBy", "activatedAtMs")
SELECT "generation", "version", NULL, "activatedBy", "activatedAtMs" FROM "ActiveModel";
