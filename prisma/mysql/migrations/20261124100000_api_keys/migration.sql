-- CreateTable
CREATE TABLE `ApiKey` (
    `id` VARCHAR(16) NOT NULL,
    `name` VARCHAR(64) NOT NULL,
    `roles` VARCHAR(64) NOT NULL,
    `hash` CHAR(64) NOT NULL,
    `createdAtMs` BIGINT NOT NULL,
    `revokedAtMs` BIGINT NULL,
    `lastUsedAtMs` BIGINT NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;
