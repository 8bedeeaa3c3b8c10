"""Batches made on the device that trains: pictures, damage, edges and smooth fills."""
