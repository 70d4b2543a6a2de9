/** The SDK ships this entry without types: it only has the side effect of registering the module hooks. */
declare module '@sentry/node/import' {}
