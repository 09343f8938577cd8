"""Pictures as SVG text, without a drawing library: exact coordinates, rounded when written."""
