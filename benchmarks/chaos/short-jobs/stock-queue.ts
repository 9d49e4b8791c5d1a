/** Of the BullMQ worker that the product's is compared with. */
export const STOCK_QUEUE = 'stock';
