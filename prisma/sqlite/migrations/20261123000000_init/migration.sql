-- CreateTable
CREATE TABLE "Event" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "key" BLOB NOT NULL,
    "timestampMs" BIGINT NOT NULL,
    "userId" TEXT NOT NULL,
    "itemId" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "transactionId" TEXT
);

-- CreateTable
CREATE TABLE "Change" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "kind" TEXT NOT NULL,
    "subject" TEXT NOT NULL,
    "atMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Item" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "categoryId" TEXT,
    "available" BOOLEAN NOT NULL,
    "price" REAL,
    "properties" TEXT,
    "updatedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "Category" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "parentId" TEXT
);

-- CreateTable
CREATE TABLE "ModelVersion" (
    "version" TEXT NOT NULL PRIMARY KEY,
    "runId" TEXT NOT NULL,
    "status" TEXT NOT NULL,
    "manifest" TEXT NOT NULL,
    "createdAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "ActiveModel" (
    "id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    "generation" INTEGER NOT NULL,
    "version" TEXT NOT NULL,
    "activatedBy" TEXT NOT NULL,
    "activatedAtMs" BIGINT NOT NULL
);

-- CreateTable
CREATE TABLE "TrainingRun" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "status" TEXT NOT NULL,
    "stage" TEXT,
    "progress" TEXT,
    "request" TEXT NOT NULL,
    "funnel" TEXT,
    "metrics" TEXT,
    "error" TEXT,
    "timings" TEXT,
    "requestHash" TEXT NOT NULL,
    "queuedKey" TEXT,
    "modelVersion" TEXT,
    "snapshotSha256" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "createdAtMs" BIGINT NOT NULL,
    "startedAtMs" BIGINT,
    "finishedAtMs" BIGINT
);

-- CreateIndex
CREATE UNIQUE INDEX "Event_key_key" ON "Event"("key");

-- CreateIndex
CREATE INDEX "Event_timestampMs_idx" ON "Event"("timestampMs");

-- CreateIndex
CREATE INDEX "Event_userId_timestampMs_idx" ON "Event"("userId", "timestampMs");

-- CreateIndex
CREATE INDEX "Change_atMs_idx" ON "Change"("atMs");

-- CreateIndex
CREATE INDEX "Item_categoryId_idx" ON "Item"("categoryId");

-- CreateIndex
CREATE INDEX "Category_parentId_idx" ON "Category"("parentId");

-- CreateIndex
CREATE INDEX "ModelVersion_createdAtMs_idx" ON "ModelVersion"("createdAtMs");

-- CreateIndex
CREATE UNIQUE INDEX "TrainingRun_queuedKey_key" ON "TrainingRun"("queuedKey");

-- CreateIndex
CREATE INDEX "TrainingRun_createdAtMs_idx" ON "TrainingRun"("createdAtMs");

-- CreateIndex
CREATE INDEX "TrainingRun_status_createdAtMs_idx" ON "TrainingRun"("status", "createdAtMs");
