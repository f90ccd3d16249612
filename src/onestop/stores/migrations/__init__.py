"""The migrations of the store's schema, run by `onestop.stores.migrate`."""
