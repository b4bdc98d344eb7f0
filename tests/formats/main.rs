//! Reports for other tools are what the schemas of their formats say, whatever was found and whatever files are called.
mod junit;
mod schema;
mod xml;
