"""Every detector that is registered meets the contract."""
